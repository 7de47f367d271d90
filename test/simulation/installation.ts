/** One installation of mhloop: a profile, a journal, and the processes and people that use them. */
import type { HttpRequest } from '../../src/http/transport.ts'
import type { Endpoint } from '../../src/receiver/receiver.ts'
import { endpointOf } from './messages.ts'
import type { Vendor } from './network.ts'
import type { Server } from './processes.ts'
import type { Profile } from './profile.ts'
import type { InstallationPlan } from './several.ts'
import type { SimulatedProcess } from './simulated-process.ts'
import type { Stores } from './store.ts'
import type { Watch } from './watch.ts'
import type { World } from './world.ts'

/** What a process of ours keeps from its start to its end. */
export type Held = { stores: Stores; profile: Profile }

/** A vendor as all processes see it; `leaves` also gets the sender. */
export type Shared = Omit<Vendor, 'leaves'> & { leaves?(request: HttpRequest, held: Held): void }

export type Installation = {
  readonly world: World
  readonly plan: InstallationPlan
  readonly profile: Profile
  /** The journal that a process opens when it starts now. */
  stores: Stores
  readonly vendors: { loop: Shared; masonhub: Shared }
  readonly watch: Watch | null
  readonly endpoint: Endpoint
  readonly servers: Server[]
  readonly commands: SimulatedProcess[]
}

/** Names of the first installation have no prefix, so that its random streams stay the same. */
export function named({ plan: { place } }: Pick<Installation, 'plan'>, name: string): string {
  return place === 0 ? name : `${name} of ${place}`
}

export function installationOf(
  parts: Pick<Installation, 'world' | 'plan' | 'profile' | 'stores' | 'vendors'> & { watch?: Watch },
): Installation {
  return {
    watch: null,
    ...parts,
    endpoint: endpointOf(parts.plan),
    servers: [],
    commands: [],
  }
}
