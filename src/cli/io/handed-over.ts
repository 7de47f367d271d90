/**
 * The version of the older Node.js that handed the command line over to this process (bin/newer-node.js), or null. The
 * variable counts only for the child of the process that set it, not for programs that the child starts.
 */
export function handedOverBy(env: NodeJS.ProcessEnv, parent: number): string | null {
  const [pid, version] = (env.MHLOOP_HANDED_OVER_BY ?? '').split(' ')
  return pid === String(parent) && version !== undefined ? version : null
}

/**
 * Calls the listener at most once in this many milliseconds. Ctrl-C, and systemd at a stop, signal both processes, and
 * the older one passes its signal on: taken for a second one, that would abandon the request in flight (F7).
 */
export function onceIn(milliseconds: number, listener: () => void, now = () => performance.now()): () => void {
  let last = Number.NEGATIVE_INFINITY
  return () => {
    const at = now()
    if (at - last < milliseconds) return
    last = at
    listener()
  }
}
