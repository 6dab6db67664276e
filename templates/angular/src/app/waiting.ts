import { Component } from '@angular/core'

@Component({
  selector: 'app-waiting',
  template: `
    <ul class="waiting" aria-label="Loading">
      <li></li>
      <li></li>
      <li></li>
    </ul>
  `,
})
export class Waiting {}
