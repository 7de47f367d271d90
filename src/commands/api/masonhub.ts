import { RawRequestCommand, rawArgs, rawFlags, rawRules } from '../../cli/command/raw-request-command.ts'

export default class ApiMasonhub extends RawRequestCommand {
  static override summary = 'One raw request to MasonHub, with the stored token'
  static override description = rawRules
  static override examples = [
    "<%= config.bin %> api masonhub GET '/rmas?cid=99904598'",
    '<%= config.bin %> api masonhub GET /skus -F limit=5 --include',
    'echo \'[{"message_type":"rmaEvent"}]\' | <%= config.bin %> api masonhub POST /callback_holds --input - --yes',
  ]
  static override args = rawArgs
  static override flags = rawFlags
  readonly vendor = 'masonhub'
}
