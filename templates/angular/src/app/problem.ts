import { Component, input, output } from '@angular/core'
import type { CloudBoxError } from '@cloudbox/client'

/** What went wrong, and what to do about it. */
@Component({
  selector: 'app-problem',
  template: `
    <p class="problem" role="alert">
      {{ error().message }} {{ error().hint }}
      @if (mayRetry()) {
        <button class="quiet" (click)="retry.emit()">Try again</button>
      }
    </p>
  `,
})
export class Problem {
  readonly error = input.required<CloudBoxError>()
  readonly mayRetry = input(false)
  readonly retry = output()
}
