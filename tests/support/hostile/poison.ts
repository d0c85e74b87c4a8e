/** What acts where it is shown as it is: terminal control (C0 and C1), markup, a script, a link, a workflow command, a reading direction. */
export const POISON =
  '\u001b]0;owned\u0007\u001b[2J\u009b31m<img src=x onerror=hostile()></pre><script>hostile()</script>' +
  ' ]]>-->&amp; [x](javascript:hostile()) \u202Egpj.exe\u202C \u0000\u0008\u007f\r\n::error::owned\n# owned | `owned` @owned'

/** What the poison would be if it were shown as it is, by the file in which it would act. */
export const ACTING: Readonly<Record<string, readonly string[]>> = {
  'index.html': ['<img src=x', '<script>hostile', '</pre><script'],
  'junit.xml': ['<img src=x', '<script>hostile', ' ]]>'],
  terminal: ['\n::error::owned'],
}

/** Characters that steer a terminal or a reading direction; newline and tab are the only ones that a report may hold. */
export const STEERING = /[\0-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/
