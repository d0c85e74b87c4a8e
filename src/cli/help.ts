import { EFFECTS } from '../effect.ts'
import { DRILL_NAMES } from '../procedures/drills.ts'
import { OCCASIONS, SEVERITIES, SUITES } from '../runbook.ts'
import { knownTargets } from '../targets/load.ts'

/** What `--help` prints. */
export function helpText(): string {
  return `Runs the deployment runbook against a target and says what holds, what does not, and what could not be looked at.

Usage: npm test -- [options]

What to look at
  --target=NAME|FILE[,…] ${knownTargets().join(', ')}, or a file (default: embedded);
                         several of them, or a file that lists them (targets: […]), run side by side
  --suite=NAME[,…]       ${SUITES.join(', ')}
  --check=ID[,…]         single lines, such as PRE-04
  --when=OCCASION        ${OCCASIONS.join(', ')}, all
                         (default: after on a live target, all elsewhere or with --suite or --check)
  --allow=EFFECT[,…]     ${EFFECTS.slice(1).join(', ')}
                         (narrows what a live target's file allows; load, copy-data and drill need it besides the file)
  --drill=NAME[,…]|all   ${DRILL_NAMES.slice(0, 4).join(', ')},
                         ${DRILL_NAMES.slice(4).join(', ')}
                         (which drills the rollback suite holds; default: what the target's file says, corrupting-migration)
  --keep                 leaves an ephemeral target's containers up and prints where they are

What to judge by
  --ticket=ID            the change that this run belongs to
  --release=FILE         what should be released: a release manifest, or an earlier report.json; the report tells how far the
                         deploy got
  --baseline=last|FILE   tell what changed since the last accepted run (passed, with a ticket), or since an earlier report.json
  --settle=DURATION      look at the reading lines again and again until so long after the start (10m): a line is as its worst
                         moment, with the time of every change
  --settle-every=DURATION how often (default: settle.everySeconds of the target, 15s)
  --attestations=FILE    people's dated sign-offs of what no program can see (npm run attest writes them)
  --waivers=FILE         accepted failures and blind spots, with owner and expiry (npm run waivers -- draft writes a draft)
  --fail-on=SEVERITY     ${SEVERITIES.join(', ')}: unobserved lines from here up make the run inconclusive (default: critical)
  --require-attestations a missing sign-off makes the run end with 4

What to write
  --out=DIR              where reports go (default: reports)
  --history=FILE         where the one-line history goes (default: history.jsonl beside the reports)
  --quiet                only the verdict and what is not green
  --no-color             as NO_COLOR=1
  --debug                stack traces of errors

Instead of running
  --list[=json]          the lines of the runbook and their checks
  --plan[=json]          what would be read or changed, where and how; connects to nothing
  --help                 this text

Every option has an environment twin: --fail-on is RUNBOOK_FAIL_ON. A flag wins over it.

Exit codes
  0  every evaluated check passed or is validly waived      4  a sign-off is outstanding
  1  a check failed                                         5  the report could not be written
  2  usage, configuration or binding error; nothing probed  130 interrupted; the partial report is written
  3  inconclusive: something that matters could not be looked at

Examples
  npm test                                            the whole runbook on the embedded target
  npm test -- --target=this-machine --suite=preflight is this machine fit?
  npm test -- --target=prod --ticket=CHG0042          after a deploy
  npm test -- --target=prod --settle=10m              and is it still so ten minutes later?
  npm test -- --target=prod-eu,prod-us                several, with a matrix of line and target
  npm test -- --target=prod --when=before --plan      what would be looked at before one
  npm -s test -- --list=json                          for other programs
`
}
