import type { ProofOptions, ProofPart, Proved } from '../part.ts'
import { type Round, runRound } from './round.ts'
import type { Trouble } from './trouble.ts'

/** The n-th operation of the journal fails, for every n (failures.md §2.5, F46). */
export const failingStore: ProofPart = {
  name: 'failing-store',
  title: 'Failing store',
  unit: 'failures',
  sizes: { quick: 40, full: Number.POSITIVE_INFINITY },
  prove,
}

/**
 * Each way in which an operation can fail. The journal waits for a busy file, so it fails only if the file stays busy.
 */
const ways: readonly Pick<Trouble, 'saying' | 'how'>[] = [
  { saying: 'full', how: 'once' },
  { saying: 'read-only', how: 'on' },
  { saying: 'input or output error', how: 'after' },
  { saying: 'busy', how: 'once' },
]

async function prove({ size, progress, signal }: ProofOptions): Promise<Proved> {
  const { operations, violations: before } = await runRound(null)
  const troubles = Array.from({ length: operations }, (_, index) => index + 1).flatMap((at) =>
    ways.map((way): Trouble => ({ ...way, at })),
  )
  const every = Math.max(1, Math.floor(troubles.length / size))
  // A step without a common factor with the number of ways reaches each of them.
  const selected = troubles.filter((_, index) => index % (every % 2 === 0 ? every + 1 : every) === 0)
  const rounds: { trouble: Trouble; round: Round }[] = []
  for (const trouble of selected) {
    if (signal.aborted) break
    rounds.push({ trouble, round: await runRound(trouble) })
    progress(rounds.length, selected.length)
  }
  const met = rounds.filter(({ round }) => round.failed > 0)
  return {
    figures: {
      'operations of one turn': operations,
      'ways to fail': ways.map(({ saying, how }) => `${saying} ${how}`).join(', '),
      'failures tried': rounds.length,
      'of them met': met.length,
      'operations that failed': rounds.reduce((sum, { round }) => sum + round.failed, 0),
      'messages told to come again': rounds.reduce((sum, { round }) => sum + round.turnedAway, 0),
    },
    violations: [
      ...before.map((violation) => `with a whole disk: ${violation}`),
      ...rounds.flatMap(({ trouble, round }) =>
        round.violations.map(
          (violation) => `${trouble.saying} ${trouble.how} at operation ${trouble.at}: ${violation}`,
        ),
      ),
    ],
  }
}
