export { type StartedOnHost, startEphemeralHost } from './start.ts'
