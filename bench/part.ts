/** What a part of the benchmark tells: sections of docs/performance.md. */
export type Part = {
  /** What `--only` calls it. */
  name: string
  title: string
  /** Measures, and gives the section's text in Markdown. Whatever it started is gone when it ends. */
  measure(run: Run): Promise<string>
}

export type Run = {
  print(line: string): void
  /** Only to see that it works: figures from fewer and smaller runs. */
  quick: boolean
}

export function tableOf(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [head, head.map((_, index) => (index === 0 ? '---' : '---:')), ...rows]
  return `${lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n')}\n`
}
