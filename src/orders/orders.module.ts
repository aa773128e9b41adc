import { Module, type DynamicModule, type ModuleMetadata } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AuditModule } from '../audit/audit.module.js';
import { InstallationsModule } from '../installations/installations.module.js';
import { MapOrder } from './map-order.js';
import { OrderBook } from './order-book.js';
import { OrderEventRow, OrderKeyRow, OrderRow, ProgressNoteRow } from './order.entity.js';
import { OrderList } from './order-list.js';
import { OrderMapper } from './order-mapper.js';
import { OrderTrouble } from './order-trouble.js';
import { OrderVault } from './order-vault.js';
import { OrdersController } from './orders.controller.js';
import { PlaceOrder } from './place-order.js';
import { PreviewOrder } from './preview-order.js';
import { PreviewController } from './preview.controller.js';
import { ProgressNotes } from './progress-notes.js';
import { ReconcileOrders } from './reconcile-orders.js';
import { RefreshOrder } from './refresh-order.js';
import { ReportProgress } from './report-progress.js';
import { SubmitOrder } from './submit-order.js';
import { TakeCallback } from './take-callback.js';

@Module({})
export class OrdersModule {
  /** @param vendors the modules that provide `ApplicantTracking` and `ScreeningProvider` */
  static with(vendors: NonNullable<ModuleMetadata['imports']>): DynamicModule {
    return {
      module: OrdersModule,
      imports: [
        ...vendors,
        AuditModule,
        InstallationsModule,
        TypeOrmModule.forFeature([OrderRow, OrderEventRow, OrderKeyRow, ProgressNoteRow]),
      ],
      controllers: [OrdersController, PreviewController],
      providers: [
        OrderBook,
        OrderList,
        OrderVault,
        OrderTrouble,
        OrderMapper,
        MapOrder,
        PreviewOrder,
        SubmitOrder,
        ProgressNotes,
        PlaceOrder,
        TakeCallback,
        RefreshOrder,
        ReportProgress,
        ReconcileOrders,
      ],
    };
  }
}
