export type Validate = (value: string) => string | true
export type Choice = {
  value: string
  name: string
  /** What is shown once it was chosen; default: `name`. */
  short?: string
}

/** The only way to ask questions. Never called unless `io.canPrompt`. */
export type Prompter = {
  text(message: string, options?: { initial?: string; validate?: Validate }): Promise<string>
  /** The typed text is not shown. */
  secret(message: string, options?: { validate?: Validate }): Promise<string>
  /** Default: no. */
  confirm(message: string, options?: { initial?: boolean }): Promise<boolean>
  /** `fleeting`: the list disappears after the answer, for a question that repeats. */
  choose(
    message: string,
    choices: readonly Choice[],
    options?: { initial?: string; fleeting?: boolean },
  ): Promise<string>
  /** Chooses any number of them; a long list is searched by typing. */
  chooseMany(message: string, choices: readonly Choice[], options?: { initial?: readonly string[] }): Promise<string[]>
}

/** More checkboxes than this don't fit on a screen below the earlier text. */
const mostCheckboxes = 12
const pageSize = 14

type Context = { input: NodeJS.ReadableStream; output: NodeJS.WritableStream; signal: AbortSignal }

/**
 * Prompts on a terminal, drawn on stderr because stdout belongs to the result. The library is loaded at the first
 * question.
 */
export function terminalPrompter(
  streams: () => { input: NodeJS.ReadableStream; output: NodeJS.WritableStream },
): Prompter {
  const load = () => import('@inquirer/prompts')
  const question = <T>(ask: (context: Context) => Promise<T>) => untilGone(streams(), ask)
  return {
    async text(message, { initial, validate } = {}) {
      const { input: ask } = await load()
      const config = {
        message,
        ...(initial === undefined ? {} : { default: initial }),
        ...(validate ? { validate } : {}),
      }
      return question((context) => ask(config, context))
    },
    async secret(message, { validate } = {}) {
      const { password } = await load()
      // The library's ctrl+t would show the secret on the screen (F58).
      const config = {
        message,
        toggleMask: false,
        theme: { style: { maskedText: '' } },
        ...(validate ? { validate } : {}),
      }
      return question((context) => password(config, context))
    },
    async confirm(message, { initial = false } = {}) {
      const { confirm } = await load()
      return question((context) => confirm({ message, default: initial }, context))
    },
    async choose(message, choices, { initial, fleeting = false } = {}) {
      const { select } = await load()
      const config = { message, choices: [...choices], pageSize, loop: false }
      const started = initial === undefined ? config : { ...config, default: initial }
      return question((context) => select(started, { ...context, clearPromptOnDone: fleeting }))
    },
    async chooseMany(message, choices, { initial = [] } = {}) {
      const { checkbox, search } = await load()
      if (choices.length > mostCheckboxes) {
        return searched(message, choices, initial, (config) =>
          question((context) => search(config, { ...context, clearPromptOnDone: true })),
        )
      }
      const marked = choices.map((choice) => ({ ...choice, checked: initial.includes(choice.value) }))
      return question((context) => checkbox({ message, choices: marked, pageSize, loop: false }, context))
    },
  }
}

type Search = { message: string; pageSize: number; source: (term: string | undefined) => Choice[] }
const done = 'that is all'

/** Repeats the search: picking an entry marks it, picking it again removes the mark. */
export async function searched(
  message: string,
  choices: readonly Choice[],
  initial: readonly string[],
  ask: (search: Search) => Promise<string>,
): Promise<string[]> {
  const picked = new Set(initial)
  for (;;) {
    const end = { value: done, name: picked.size === 0 ? 'None of them' : `That is all (${picked.size} chosen)` }
    const answer = await ask({
      message: `${message} Type to search`,
      pageSize,
      source(term) {
        const requested = (term ?? '').toLowerCase()
        const found = choices.filter(({ name }) => name.toLowerCase().includes(requested))
        const marked = found.map((choice) => ({
          ...choice,
          name: `${picked.has(choice.value) ? '◉' : '◯'} ${choice.name}`,
        }))
        return requested === '' ? [end, ...marked] : [...marked, end]
      },
    })
    if (answer === done) return choices.map(({ value }) => value).filter((value) => picked.has(value))
    if (!picked.delete(answer)) picked.add(answer)
  }
}

/**
 * Abandons the question, as Ctrl-C does, when the input ends (Ctrl-D, a closed terminal) or at SIGTERM: readline only
 * stops reading then, and the question would never be answered.
 */
async function untilGone<T>(
  { input, output }: Omit<Context, 'signal'>,
  ask: (context: Context) => Promise<T>,
): Promise<T> {
  const gone = new AbortController()
  const leave = () => gone.abort()
  const events = ['pause', 'end', 'close', 'error'] as const
  for (const event of events) input.on(event, leave)
  process.on('SIGTERM', leave)
  try {
    return await ask({ input, output, signal: gone.signal })
  } finally {
    for (const event of events) input.off(event, leave)
    process.off('SIGTERM', leave)
  }
}
