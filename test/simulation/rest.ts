/** After the last fault: all remaining work is done, or it is clear that it never can be. */
import type { Policy } from '../../src/core/merchants/policy.ts'
import { type Checked, endingsOf } from './check.ts'
import { type Installation, named } from './installation.ts'
import { type Rhythm, serveFrom, typeCommand } from './processes.ts'
import { bind, mayWorkWith, store } from './profile.ts'
import { bringBack } from './settings.ts'
import type { Company } from './simulate.ts'
import { storiesEnd } from './stories.ts'

const minute = 60_000
const hour = 60 * minute

const calm: Rhythm = { pull: 3 * hour, poll: 2.5 * hour, settle: 1.5 * hour, rescan: 11 * hour, inbox: hour }

type Endings = Awaited<ReturnType<typeof endingsOf>>

/**
 * One server of each installation continues. Returns how the first installation's returns ended; all returns must end.
 */
export async function comeToRest(company: Company, checked: Checked): Promise<ReadonlyMap<string, number>> {
  const { world, installations } = company
  world.clear()
  for (const { servers } of installations)
    for (const server of servers) {
      server.simulated.freeze(0)
      server.stop()
    }
  // Messages in flight arrive, and work in progress ends.
  await world.run(storiesEnd + 2 * hour)
  for (const { servers } of installations) for (const server of servers.splice(0)) server.simulated.kill()
  const working = installations.filter(({ plan }) => !plan.isGivenUp)
  agree(installations)
  for (const installation of working) bringBack(installation, company.scenario.policy)
  agreeOnReasons(working)
  for (const installation of working) workOn(company, installation)
  const policies = installations.flatMap(({ profile }) => profile.policies)
  const first = await endingsAfter(company, checked, { working, policies })
  for (const { servers } of installations) for (const server of servers) server.simulated.kill()
  return first
}

/**
 * Machines that share a journal get the same settings in the end; otherwise they would undo each other's work for ever.
 */
function agree(installations: readonly Installation[]): void {
  for (const { stores, profile } of installations) {
    const first = installations.find((one) => one.stores === stores)?.profile.merchant ?? null
    if (profile.merchant !== first) store(profile, first && { ...first, name: profile.name })
  }
}

/**
 * Installations that know nothing of each other also write the same RMA: with different reason codes, each would write
 * it again after the other, with pauses, for ever. All other settings may differ.
 */
function agreeOnReasons([first, ...others]: readonly Installation[]): void {
  const reasons = first?.profile.merchant?.policy.reasons
  if (reasons === undefined) return
  for (const { profile } of others)
    if (profile.merchant !== null && profile.merchant.policy.reasons !== reasons)
      store(profile, { ...profile.merchant, policy: { ...profile.merchant.policy, reasons } })
}

function workOn({ world, counts }: Company, installation: Installation): void {
  const { profile, stores } = installation
  if (!mayWorkWith(profile, stores.installationId)) bind(profile, stores.installationId)
  // The person who paused refunds resumes them.
  world.resume(
    world.now(),
    () => void typeCommand(installation, named(installation, 'ann.last'), { type: 'resume' }, null),
  )
  counts.processes += 1
  const name = named(installation, `server-last.${counts.processes}`)
  world.resume(world.now(), () => {
    const server = serveFrom(installation, name, calm)
    if (server !== null) installation.servers.push(server)
  })
}

/** Most worlds need one round of jobs; work that waits for the end of a pause needs half a day. */
async function endingsAfter(
  { world }: Company,
  checked: Checked,
  { working, policies }: { working: readonly Installation[]; policies: readonly Policy[] },
): Promise<ReadonlyMap<string, number>> {
  let found: Endings[] = []
  const placed = (index: number, line: string) => {
    const place = working[index]?.plan.place ?? 0
    return place === 0 ? line : `${line}, at installation ${place}`
  }
  for (let round = 0; round < 18 && (round === 0 || found.some(({ lost }) => lost.length > 0)); round += 1) {
    await world.run(world.now() + (round === 0 ? 70 * minute : 3 * hour))
    found = []
    for (const { stores, profile } of working) found.push(await endingsOf(checked, { stores, profile }, policies))
  }
  for (const [index, { lost }] of found.entries())
    for (const line of lost) world.violation(`LOST ${placed(index, line)}`)
  return found[0]?.endings ?? new Map()
}
