import { readFileSync } from 'node:fs'

export type Mount = { point: string; type: string }

/**
 * File systems between machines, or between a machine and its guest, whose locks, shared memory or syncs SQLite's log
 * can't rely on (F10, H13). The names are those of /proc/self/mountinfo.
 */
const network = new Set(
  `9p afs beegfs beegfs_nodev ceph cifs coda drvfs fakeowner fhgfs gfs gfs2 glusterfs gpfs hgfs lustre ncpfs nfs nfs4 ocfs2 orangefs
  osxfs panfs prl_fs pvfs2 smb smb2 smb3 smbfs vboxsf virtiofs vmhgfs weka wekafs`.split(/\s+/),
)
const networkFuse =
  /^fuse\.(?:.*sshfs|s3.*|goofys|gcs.*|blobfuse.*|rclone.*|glusterfs|ceph.*|juicefs|mount\.davfs|davfs.*|curlftpfs|vmhgfs.*|grpcfuse|osxfs|portal|smbnetfs|moosefs|mfs.*|seaweedfs|weed|alluxio.*|cvmfs.*|gdfuse|google-drive.*|onedriver|hdfs.*|fuse_dfs|lizardfs|saunafs|quobyte.*|mountpoint-s3|geesefs|virtiofs.*)$/i

/** Whether a journal can rely on a file system. */
export function trustIn(type: string): 'local' | 'unknown' | 'network' {
  const name = type.toLowerCase()
  if (network.has(name) || networkFuse.test(name)) return 'network'
  // FUSE programs are of all kinds; what each does with a lock or a sync is unknown.
  return name === 'fuse' || name === 'fuseblk' || name.startsWith('fuse.') ? 'unknown' : 'local'
}

/** The mounts listed in a mountinfo file (proc(5)), in its order. */
export function mountsIn(mountinfo: string): Mount[] {
  return mountinfo.split('\n').flatMap((line) => {
    const [before = '', after = ''] = line.split(' - ')
    const point = before.split(' ')[4]
    const [type = ''] = after.split(' ')
    return point === undefined || type === '' ? [] : [{ point: unescaped(point), type }]
  })
}

/** The mount of a path without links: the longest mount point above it; of equal ones the last, which hides others. */
export function mountOf(path: string, mounts: readonly Mount[]): Mount | null {
  const above = mounts.filter(({ point }) => point === '/' || path === point || path.startsWith(`${point}/`))
  return above.reduce<Mount | null>((best, one) => (one.point.length >= (best?.point.length ?? 0) ? one : best), null)
}

/** The file system's name for a real path; null where it can't be found out. */
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
