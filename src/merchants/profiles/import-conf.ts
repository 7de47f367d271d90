type Conf = typeof import('conf')

let importing: Promise<Conf> | undefined

/**
 * Imports conf, and removes the signal handlers of a package below it (when-exit). They send each signal to this
 * process once more, and a second Ctrl-C or SIGTERM abandons what is in flight (F7), which in `serve` may be a refund.
 */
export function importConf(): Promise<Conf> {
  importing ??= withoutItsSignals(() => import('conf'))
  return importing
}

async function withoutItsSignals<Module>(load: () => Promise<Module>): Promise<Module> {
  const before = new Map(listenedTo().map((name) => [name, process.rawListeners(name)]))
  const loaded = await load()
  for (const name of listenedTo()) {
    const ours = before.get(name) ?? []
    for (const listener of process.rawListeners(name)) {
      if (!ours.includes(listener)) process.off(name, listener as NodeJS.SignalsListener)
    }
  }
  return loaded
}

function listenedTo(): NodeJS.Signals[] {
  return process.eventNames().filter((name): name is NodeJS.Signals => /^SIG[A-Z]/.test(String(name)))
}
