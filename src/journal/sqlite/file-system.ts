import { readFileSync } from 'node:fs'

export type Mount = { point: string; type: string }

/**
 * File systems between machines, or between a machine and its guest, whose locks, shared memory or syncs SQLite's log can't
 * rely upon (F10, H13); by their names in /proc/self/mountinfo.
 */
const network = new Set(
  `9p afs beegfs beegfs_nodev ceph cifs coda drvfs fakeowner fhgfs gfs gfs2 glusterfs gpfs hgfs lustre ncpfs nfs nfs4 ocfs2 orangefs
  osxfs panfs prl_fs pvfs2 smb smb2 smb3 smbfs vboxsf virtiofs vmhgfs weka wekafs`.split(/\s+/),
)
const networkFuse =
  /^fuse\.(?:.*sshfs|s3.*|goofys|gcs.*|blobfuse.*|rclone.*|glusterfs|ceph.*|juicefs|mount\.davfs|davfs.*|curlftpfs|vmhgfs.*|grpcfuse|osxfs|portal|smbnetfs|moosefs|mfs.*|seaweedfs|weed|alluxio.*|cvmfs.*|gdfuse|google-drive.*|onedriver|hdfs.*|fuse_dfs|lizardfs|saunafs|quobyte.*|mountpoint-s3|geesefs|virtiofs.*)$/i

/** What a file system means for a journal. */
export function trustIn(type: string): 'local' | 'unknown' | 'network' {
  const name = type.toLowerCase()
  if (network.has(name) || networkFuse.test(name)) return 'network'
  // Programs of all kinds; what they do with a lock or a sync is theirs to know.
  return name === 'fuse' || name === 'fuseblk' || name.startsWith('fuse.') ? 'unknown' : 'local'
}

/** The mounts of a mountinfo (proc(5)), in their order. */
export function mountsIn(mountinfo: string): Mount[] {
  return mountinfo.split('\n').flatMap((line) => {
    const [before = '', after = ''] = line.split(' - ')
    const point = before.split(' ')[4]
    const [type = ''] = after.split(' ')
    return point === undefined || type === '' ? [] : [{ point: unescaped(point), type }]
  })
}

/** Where a path without links is mounted: the longest mount point above it, and of the same ones the last. */
export function mountOf(path: string, mounts: readonly Mount[]): Mount | null {
  const above = mounts.filter(({ point }) => point === '/' || path === point || path.startsWith(`${point}/`))
  return above.reduce<Mount | null>((best, one) => (one.point.length >= (best?.point.length ?? 0) ? one : best), null)
}

/** The file system's name for a real path; null where nobody tells. */
export function fileSystemOf(path: string): string | null {
  if (process.platform !== 'linux') return null
  try {
    return mountOf(path, mountsIn(readFileSync('/proc/self/mountinfo', 'utf8')))?.type ?? null
  } catch {
    return null
  }
}

function unescaped(point: string): string {
  return point.replaceAll(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)))
}
