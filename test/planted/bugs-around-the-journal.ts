/** Bugs that need more than one installation, or settings that change under a running process (issue 14). */
import { several } from '../simulation/kinds-of-worlds.ts'
import type { PlantedBug } from './planted-bug.ts'

/** Worlds of several installations must find it; `first` is simulated first. */
const worlds = (count: number, first = 1) => ({ worlds: count, first: several + first })

const claimCore = 'src/core/refunds/claim.ts'
const claimNotes = 'src/core/refunds/claim-note.ts'
const claiming = 'src/effects/timeline-claim.ts'
const processing = 'src/effects/refund.ts'
const resolving = 'src/usecases/resolve/resolve.ts'

/** Keeps the settings that were stored when the process first read them. */
const readOnce = `(context.first ??= { ...(await context.stored()), isCurrent: () => true })`

const blocked = `const blocked = notes.map((note) => blockerOf(note, nonce, givenUp)).find((by) => by !== null)`
const idsOf = `const own = Math.min(...notes.filter(({ content }) => nonce !== null && speaksOf(content, nonce)).map(({ noteId }) => Number(noteId)))`

export const bugsAroundTheJournal: readonly PlantedBug[] = [
  {
    name: 'a claim is not looked for once it was posted',
    rows: ['G1'],
    edits: [
      {
        file: claiming,
        from: `    case 'accepted':\n    case 'in_doubt':\n      return await readUntilSeen`,
        to: `    case 'accepted':\n      return { kind: 'won', refund }\n    case 'in_doubt':\n      return await readUntilSeen`,
      },
    ],
    caughtBy: worlds(120),
  },
  {
    name: 'a claim goes on although another run has claimed the refund since it was decided',
    rows: ['G1'],
    edits: [
      {
        file: 'src/journal/refunds/refund-checks.ts',
        from: `    (await claimedMeanwhile(writing, row, limits)) ??\n`,
        to: '',
      },
    ],
    caughtBy: { tests: 'test/journal/refunds/refunds.test.ts', named: 'another run has claimed it since' },
  },
  {
    name: 'what another run claims while the timeline is read is a stranger’s',
    rows: ['G1'],
    edits: [
      {
        file: processing,
        from: 'new Set(own.map(({ nonce }) => nonce))',
        to: 'new Set(past.map(({ nonce }) => nonce))',
      },
    ],
    caughtBy: { tests: 'test/acceptance/claims.test.ts', named: 'while the timeline was read' },
  },
  {
    name: 'of two installations, the one with the newest claim pays',
    rows: ['G1'],
    edits: [
      {
        file: claimCore,
        from: blocked,
        to: `${idsOf}\n  const blocked = notes.filter(({ noteId, content }) => claimsIn(content).length === 0 || Number(noteId) > own).map((note) => blockerOf(note, nonce, givenUp)).find((by) => by !== null)`,
      },
    ],
    caughtBy: worlds(120),
  },
  {
    name: 'a foreign claim is void after a quarter of an hour',
    rows: ['G1'],
    edits: [
      {
        file: claimCore,
        from: blocked,
        to: `const newest = Math.max(...notes.map(({ createdAt }) => Date.parse(createdAt ?? '')))\n  const blocked = notes.filter(({ content, createdAt }) => claimsIn(content).length > 0 && newest - Date.parse(createdAt ?? '') < 15 * 60_000).map((note) => blockerOf(note, nonce, givenUp)).find((by) => by !== null)`,
      },
    ],
    caughtBy: worlds(200),
  },
  {
    name: 'a claim is posted before the compare-and-set',
    rows: ['G1', 'F23'],
    edits: [
      {
        file: processing,
        from: `  const claim = await journal.effects.claimRefund(planned.effectId, actor, at, bounds)`,
        to: `  const { claimNote } = await import('../core/refunds/claim-note.ts')\n  await context.loop.addNote(returnId, claimNote('0'.repeat(32), await journal.installationId()))\n  const claim = await journal.effects.claimRefund(planned.effectId, actor, at, bounds)`,
      },
    ],
    caughtBy: worlds(40),
  },
  {
    name: 'a merchant that was removed goes on',
    rows: ['G4'],
    edits: [
      {
        file: resolving,
        from: `const stored = await context.stored()`,
        to: `const stored = await context.stored().catch(() => ({ merchant: context.merchant, isCurrent: () => true }))`,
      },
      {
        file: 'src/usecases/returns/observe-and-settle.ts',
        from: `const { policy } = (await context.stored()).merchant`,
        to: `const { policy } = (await context.stored().catch(() => context)).merchant`,
      },
      {
        file: 'src/usecases/returns/observe-returns.ts',
        from: `const { policy } = (await context.stored()).merchant`,
        to: `const { policy } = (await context.stored().catch(() => context)).merchant`,
      },
    ],
    caughtBy: worlds(120, 16),
  },
  {
    name: 'the policy is read once',
    rows: ['G4'],
    edits: [
      {
        file: resolving,
        from: `const stored = await context.stored()`,
        to: `const stored = ${readOnce}`,
      },
      {
        file: 'src/usecases/returns/observe-and-settle.ts',
        from: `const { policy } = (await context.stored()).merchant`,
        to: `const { policy } = (${readOnce}).merchant`,
      },
      {
        file: 'src/usecases/returns/observe-returns.ts',
        from: `const { policy } = (await context.stored()).merchant`,
        to: `const { policy } = (${readOnce}).merchant`,
      },
    ],
    caughtBy: { tests: 'test/acceptance/stored-settings.test.ts', named: 'G4 a process that read' },
  },
  {
    name: 'an endpoint goes on with the token that it began with',
    rows: ['G6'],
    edits: [
      {
        file: 'src/merchants/profiles/watch-merchants.ts',
        from: `const now = await read(env, name, profile?.addedAt ?? '')`,
        to: `const fresh = await read(env, name, profile?.addedAt ?? '')\n    const now = before?.now.endpoint ? { ...fresh, endpoint: before.now.endpoint } : fresh`,
      },
    ],
    caughtBy: { tests: 'test/merchants/profiles/watch-merchants.test.ts', named: 'G6 a rotated callback token' },
  },
  {
    name: 'a dry run follows the references of a file',
    rows: ['G8'],
    edits: [
      {
        file: 'src/commands/merchant/apply.ts',
        from: `const isAsking = isChanging && !unchecked && (!dryRun || check)`,
        to: `const isAsking = isChanging && !unchecked`,
      },
    ],
    caughtBy: { tests: 'test/commands/merchant/apply.test.ts', named: 'follows no reference, runs no command' },
  },
  {
    name: 'pauses and limits hold for one name of an account alone',
    rows: ['G10'],
    edits: [
      {
        file: 'src/journal/refunds/refund-checks.ts',
        from: `const { names } = await sharedAccount(writing, row.merchant, limits.account ?? null)`,
        to: `const names = [row.merchant]`,
      },
      {
        file: 'src/effects/refund-bounds.ts',
        from: `const others = await journal.refunds.namesBeside(merchant.name, digest)`,
        to: `const others: string[] = []`,
      },
    ],
    caughtBy: worlds(120, 32),
  },
  {
    name: 'a claim is taken for the note of a flag',
    rows: ['G1'],
    edits: [
      {
        file: claimNotes,
        from: `const flagTag = /\\[mhloop ([0-9a-z-]{8})\\]/g`,
        to: `const flagTag = /\\[mhloop.([0-9a-z-]{5,8})/g`,
      },
    ],
    caughtBy: { tests: 'test/core/refunds/claim.test.ts', named: 'is never taken for the note of a flag' },
  },
  {
    name: 'the note of a flag is taken for a claim',
    rows: ['G1'],
    edits: [{ file: claimNotes, from: `bare.matchAll(/mhloop.{0,8}?claim/g)`, to: `bare.matchAll(/mhloop/g)` }],
    caughtBy: { tests: 'test/core/refunds/claim.test.ts', named: 'is never taken for the note of a flag' },
  },
  {
    name: 'a refund that waits for its turn leaves although its journal is gone by then',
    rows: ['G3'],
    edits: [{ file: processing, from: '() => isFresh() && journal.isInPlace()', to: 'isFresh' }],
    caughtBy: { tests: 'test/acceptance/claims.test.ts', named: 'G3 a journal that is replaced while process waits' },
  },
  {
    name: 'a claim that waits for its turn leaves although its journal is gone by then',
    rows: ['G3'],
    edits: [{ file: claiming, from: '() => isFresh() && journal.isInPlace()', to: 'isFresh' }],
    caughtBy: { tests: 'test/acceptance/claims.test.ts', named: 'G3 a journal that is replaced while addNote waits' },
  },
]
