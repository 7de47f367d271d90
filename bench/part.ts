/** A part of the benchmark: one section of docs/performance.md. */
export type Part = {
  /** The name for `--only`. */
  name: string
  title: string
  /** Measures, and returns the section's text in Markdown. Everything that it started has ended when it returns. */
  measure(run: Run): Promise<string>
}

export type Run = {
  print(line: string): void
  /** Only checks that it works: figures from fewer and smaller runs. */
  quick: boolean
}

export function tableOf(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [head, head.map((_, index) => (index === 0 ? '---' : '---:')), ...rows]
  return `${lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n')}\n`
}
