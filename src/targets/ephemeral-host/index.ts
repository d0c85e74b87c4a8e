export { startEphemeralHost } from './start.ts'
