export { type GuardOptions, startWatchdog, type Watchdog } from './watchdog.ts'
