/** What belongs to no single command: `mhloop help exit-codes`. The contract itself is docs/cli.md. */
export const helpTopics: Record<string, { summary: string; text: string }> = {
  'exit-codes': {
    summary: 'What each exit code means, and what a script should do',
    text: `EXIT CODES, the same with and without --json

    0  done, nothing left to say                                go on
    1  a fault of mhloop, or of the machine it runs on          report it
    2  wrong usage: flags, arguments, input file                fix the call
    3  done, with findings: an audit found something, some
       records failed, a check warned                           look
    4  credentials missing, wrong, or without the needed scope  fix credentials
    5  not found, or ambiguous                                  fix the id
    6  refused, by the vendor's rules or by mhloop's            read the reasons
    7  a vendor is unreachable, overloaded or limiting, after
       retries                                                  try later
    8  in doubt: a write was sent, and its outcome could not be
       established                                              mhloop rma show
    9  a confirmation was needed and could not be asked, or was
       declined; nothing was done                               pass --yes
  130  interrupted; the state is consistent                     run again

  The code of an error, such as LOOP_UNAUTHORIZED, says more:
  mhloop explain CODE
`,
  },
  environment: {
    summary: 'The environment variables that mhloop reads',
    text: `ENVIRONMENT

  MHLOOP_MERCHANT             merchant to work for, as -m does
  MHLOOP_CONFIG_DIR           where profiles and credentials live
  MHLOOP_DATA_DIR             where the journal lives
  MHLOOP_JOURNAL              the journal: sqlite:PATH, or
                              postgres://USER@HOST/DATABASE, with PGPASSWORD
                              These three take paths from the root only: a
                              relative one, or a literal ~, ends with code 2.
                              A relative XDG_* of the system is ignored.
  MHLOOP_CREDENTIAL_STORE     keychain (default) or file: where secrets of new
                              merchants are kept, as --store does
  MHLOOP_CREDENTIALS_PASSPHRASE, MHLOOP_CREDENTIALS_PASSPHRASE_FILE
                              what the credentials file is encrypted with, or a
                              file that holds it; systemd's credential
                              mhloop-passphrase does as well
  MHLOOP_COMMAND_VARIABLES    names of variables that the programs of command:
                              references may see, with commas
  MHLOOP_ALLOW_COMMAND        1: merchant apply takes command: references of a
                              file, as with --allow-command
  MHLOOP_SANDBOX_URL          the sandbox that the sandbox commands talk to
  MHLOOP_NO_INPUT, CI         never ask
  MHLOOP_TIMEOUT              seconds that one request to a vendor may take, as
                              --timeout does: 1 to 60 (45)
  MHLOOP_OPERATOR             who acts: told in the journal as claimed, beside
                              the user that the process runs as
  HTTPS_PROXY, NO_PROXY       the proxy to both vendors, and hosts to reach
                              without it; lower case counts first
  NODE_EXTRA_CA_CERTS         file of certificates that Node.js trusts, too
  NO_COLOR, FORCE_COLOR       colours off, or on

  Without a stored profile (CI, one-off), the merchant \`env\` is made of these,
  and nothing is written to disk. It is used when the first three are set and no
  merchant is named:

  MHLOOP_LOOP_API_KEY         Loop API key
  MHLOOP_MASONHUB_TOKEN       MasonHub token
  MHLOOP_MASONHUB_SLUG        MasonHub account slug
  MHLOOP_ENVIRONMENT          sandbox (default) or production
  MHLOOP_LOOP_BASE_URL        default: https://api.loopreturns.com/api/2026-10
  MHLOOP_MASONHUB_BASE_URL    default: by environment, slug included
  MHLOOP_LOOP_WEBHOOK_SECRET  what signs Loop's webhooks; maybe several
  MHLOOP_CALLBACK_TOKEN       what MasonHub's callbacks carry; maybe several
  MHLOOP_RECEIVER_KEY         the part of the door's path nobody can guess
  MHLOOP_REFUNDS              on or off (default): the merchant's refund switch
  MHLOOP_DESTINATIONS         Loop destination ids with commas (default: all)

  Plain-http base URLs are allowed for loopback addresses only. Secrets never
  come by flag.
`,
  },
  output: {
    summary: 'Text, JSON, CSV and NDJSON; pipes and colours',
    text: `OUTPUT

  stdout holds the result; progress, questions, warnings, errors go to stderr.
  --json prints exactly one document, on failure too:

    {"schema":"mhloop/<topic>.<verb>@1","merchant":…,"data":…,"warnings":[…]}
    {"schema":"mhloop/error@1","error":{"code":…,"message":…,"hint":…,"exit":…}}

  Lists take --format table|csv|ndjson|json. In a pipe, a table is tab-separated
  text with one header row, and nothing is cut. CSV quotes every field, and
  disarms what a spreadsheet would take for a formula. Text from vendors and
  shoppers is shown without control characters.
`,
  },
}
