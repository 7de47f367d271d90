import type { Part } from './scenario.ts'

/**
 * Worlds in which something was wrong once; what it was is mended, and must stay so. Since a refund posts a claim (G1), their
 * minutes run otherwise: what each has found is kept by the tests that docs/proof.md names.
 */
export const seeds: readonly { seed: number; without: Part[]; found: string }[] = [
  {
    seed: 430_000_103,
    without: [],
    found: 'a backup is brought back after a refund that Loop took and did not do: it is not asked for again',
  },
  {
    seed: 430_000_187,
    without: [],
    found: 'a backup is brought back, and an operator asks by name for what it has forgotten: nothing leaves',
  },
  {
    seed: 420_001_334,
    without: [],
    found: 'a backup is brought back, and a list skips a return while all is read: its refund is not asked for again',
  },
  {
    seed: 420_001_970,
    without: [],
    found: 'a backup is brought back, and a receipt that was acted on is corrected: its refund is not asked for again',
  },
  {
    seed: 420_008_335,
    without: [],
    found: 'a clock that is far ahead parks a refund while it waits for its turn: it is paid once',
  },
  {
    seed: 420_013_052,
    without: [],
    found: 'a flag is cleared before its note is written, and the refund has to wait: the note is written all the same',
  },
  {
    seed: 420_030_246,
    without: [],
    found: 'a process is frozen while Loop lists the notes, and one arrives behind it: it is not written again',
  },
  {
    seed: 1_000_420_012_971,
    without: [
      'flag hidden',
      'result missing',
      'paid before inspection',
      'parcel before its RMA',
      'merchant removed',
      'credential rotated',
      'job fails',
      'paid on the way',
      'notes down',
      'journal lost',
    ],
    found: "another installation's flag shows while ours is about to leave, and never does: its note waits for nothing",
  },
  {
    seed: 420_016_804,
    without: [],
    found: 'a process is frozen between its list of notes and the journal, and another tries in between: no third note',
  },
]
