export { type LiveOptions, openLive } from './open.ts'
