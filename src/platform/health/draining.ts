import { Injectable, type OnModuleDestroy } from '@nestjs/common';

/** Whether the process is on its way out. Nest calls this hook first, before jobs are drained and doors closed. */
@Injectable()
export class Draining implements OnModuleDestroy {
  private draining = false;

  onModuleDestroy(): void {
    this.draining = true;
  }

  get isDraining(): boolean {
    return this.draining;
  }
}
