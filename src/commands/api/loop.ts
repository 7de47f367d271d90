import { RawRequestCommand, rawArgs, rawFlags, rawRules } from '../../cli/command/raw-request-command.ts'

export default class ApiLoop extends RawRequestCommand {
  static override summary = 'One raw request to Loop, with the stored key'
  static override description = rawRules
  static override examples = [
    '<%= config.bin %> api loop GET /destinations',
    '<%= config.bin %> api loop GET /warehouse/return/details -f return_id=99904598',
    '<%= config.bin %> api loop POST /warehouse/return/99904598/note -f "content=Box was wet" --yes',
  ]
  static override args = rawArgs
  static override flags = rawFlags
  readonly vendor = 'loop'
}
