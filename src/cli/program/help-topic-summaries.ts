/** The help topics that belong to no single command, without their texts: completion loads nothing else. */
export const helpTopicSummaries = {
  'exit-codes': 'What each exit code means and what a script should do',
  environment: 'The environment variables that mhloop reads',
  output: 'Text, JSON, CSV and NDJSON; pipes and colours',
}
