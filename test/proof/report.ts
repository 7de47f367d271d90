import type { ProofPart, Proved } from './part.ts'

/** One part that was run. `size`: the requested size; `stopped`: interrupted before its end. */
export type Run = { part: ProofPart; size: number; seconds: number; stopped: boolean } & Proved

export type Setting = {
  command: string
  seed: number
  commit: string
  node: string
  machine: string
  /** RFC 3339. */
  startedAt: string
}

/** The run as a section of docs/proof.md. */
export function reportOf(runs: readonly Run[], setting: Setting): string {
  const violations = runs.reduce((sum, run) => sum + run.violations.length, 0)
  return [
    `## ${setting.startedAt.slice(0, 10)}, commit ${setting.commit}`,
    '',
    `    ${setting.command}`,
    '',
    `Seed ${setting.seed}; ${setting.node} on ${setting.machine}. **${counted(violations, 'violation')}.**`,
    '',
    '| part | tried | seconds | violations |',
    '|---|---|---|---|',
    ...runs.map(
      ({ part, size, seconds, stopped, violations: found }) =>
        `| ${part.title} | ${sizeText(size)} ${part.unit}${stopped ? ' (stopped early)' : ''} | ${Math.round(seconds)} | ${found.length} |`,
    ),
    ...runs.flatMap(({ part, figures, violations: found }) => [
      '',
      `### ${part.title}`,
      '',
      '| | |',
      '|---|---|',
      ...Object.entries(figures).map(([name, value]) => `| ${name} | ${cell(value)} |`),
      ...(found.length === 0 ? [] : ['', 'Violations:', '', ...found.map((line) => `- ${line}`)]),
    ]),
    '',
  ].join('\n')
}

/** A size as it is typed and printed. */
export function sizeText(size: number): string {
  return size === Number.POSITIVE_INFINITY ? 'all' : size.toLocaleString('en')
}

export function counted(count: number, what: string): string {
  return `${count.toLocaleString('en')} ${what}${count === 1 ? '' : 's'}`
}

function cell(value: number | string): string {
  return typeof value === 'number' ? value.toLocaleString('en', { maximumFractionDigits: 2 }) : value
}
