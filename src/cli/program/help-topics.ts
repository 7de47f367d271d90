import { helpTopicSummaries } from './help-topic-summaries.ts'

/** `text` is a function where the text is generated from other data, which is loaded only when needed. */
type HelpTopic = { summary: string; text: string | (() => Promise<string>) }

/** Help topics that belong to no single command: `mhloop help exit-codes`. The contract itself is docs/cli.md. */
export const helpTopics: Record<string, HelpTopic> = {
  'exit-codes': {
    summary: helpTopicSummaries['exit-codes'],
    text: async () => (await import('./exit-codes-topic.ts')).exitCodesText(),
  },
  environment: {
    summary: helpTopicSummaries.environment,
    text: `ENVIRONMENT

  MHLOOP_MERCHANT             merchant to use, like -m
  MHLOOP_CONFIG_DIR           folder of profiles and credentials
  MHLOOP_DATA_DIR             folder of the journal
  MHLOOP_JOURNAL              the journal: sqlite:PATH, or
                              postgres://USER@HOST/DATABASE, with PGPASSWORD
                              These three need absolute paths: a relative one,
                              or a literal ~, ends with code 2. A relative
                              XDG_* variable is ignored.
  MHLOOP_CREDENTIAL_STORE     keychain (default) or file: where the secrets of
                              new merchants are stored, like --store
  MHLOOP_CREDENTIALS_PASSPHRASE, MHLOOP_CREDENTIALS_PASSPHRASE_FILE
                              the passphrase of the credentials file, or a file
                              that contains it; systemd's credential
                              mhloop-passphrase works as well
  MHLOOP_COMMAND_VARIABLES    variables that the programs of command: references
                              may see, separated by commas
  MHLOOP_ALLOW_COMMAND        1: merchant apply accepts command: references in a
                              file, like --allow-command
  MHLOOP_SANDBOX_URL          URL of the sandbox, for the sandbox commands
  MHLOOP_NO_INPUT, CI         never ask
  MHLOOP_TIMEOUT              time limit in seconds for one request to a vendor,
                              like --timeout: 1 to 60 (45)
  MHLOOP_OPERATOR             name of the operator: recorded in the journal as
                              claimed, next to the user of the process
  HTTPS_PROXY, NO_PROXY       the proxy to both vendors, and hosts to reach
                              without it; lower case takes precedence
  NODE_EXTRA_CA_CERTS         file of additional certificates to trust
  NO_COLOR, FORCE_COLOR       colours off, or on; also CLICOLOR=0 and
                              CLICOLOR_FORCE=1, over which these take precedence
  MHLOOP_HANDED_OVER_BY       not to be set: how an older Node.js tells mhloop
                              that it has started it with a newer one

  Without a stored profile (CI, one-off), the merchant \`env\` consists of these,
  and nothing is written to disk. It is used when the first three are set and no
  merchant is given:

  MHLOOP_LOOP_API_KEY         Loop API key
  MHLOOP_MASONHUB_TOKEN       MasonHub token
  MHLOOP_MASONHUB_SLUG        MasonHub account slug
  MHLOOP_ENVIRONMENT          sandbox (default) or production
  MHLOOP_LOOP_BASE_URL        default: https://api.loopreturns.com/api/2026-10
  MHLOOP_MASONHUB_BASE_URL    default: by environment, with the slug
  MHLOOP_LOOP_WEBHOOK_SECRET  secret of Loop's webhooks, or several
  MHLOOP_CALLBACK_TOKEN       token of MasonHub's callbacks, or several
  MHLOOP_RECEIVER_KEY         secret part of the webhook endpoint's path
  MHLOOP_REFUNDS              on or off (default): the merchant's refund switch
  MHLOOP_DESTINATIONS         Loop destination ids with commas (default: all)

  Plain http base URLs are allowed for loopback addresses only. Secrets are
  never given as flags.
`,
  },
  output: {
    summary: helpTopicSummaries.output,
    text: `OUTPUT

  stdout holds the result; progress, questions, warnings, errors go to stderr.
  --json prints exactly one document, on failure too:

    {"schema":"mhloop/<topic>.<verb>@1","merchant":…,"data":…,"warnings":[…]}
    {"schema":"mhloop/error@1","error":{"code":…,"message":…,"hint":…,"exit":…}}

  Lists take --format table|csv|ndjson|json. In a pipe, a table is tab-separated
  text with one header row, and nothing is cut. CSV quotes every field, and
  neutralizes what a spreadsheet would run as a formula. Text from vendors and
  shoppers is shown without control characters.
`,
  },
}
