/** Some browsers name a language that no formatter takes (`en-US@posix`), and uPlot asks for one as soon as it is loaded. */
try {
  void new Intl.NumberFormat(navigator.language)
} catch {
  Object.defineProperty(navigator, 'language', { value: 'en', configurable: true })
}
