/** Exit codes are a contract with scripts (docs/cli.md). */
export const exitCodes = {
  done: 0,
  ours: 1,
  usage: 2,
  findings: 3,
  credentials: 4,
  notFound: 5,
  refused: 6,
  vendorDown: 7,
  inDoubt: 8,
  notConfirmed: 9,
  interrupted: 130,
} as const
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes]
