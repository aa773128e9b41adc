import { Module, type DynamicModule, type ModuleMetadata } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AuditModule } from '../audit/audit.module.js';
import { InstallationsModule } from '../installations/installations.module.js';
import { FindSubmitted } from './find-submitted.js';
import { FirstTag } from './first-tag.js';
import { FollowedOrders } from './followed-orders.js';
import { KeptCallbacks } from './kept-callbacks.js';
import { DeliveriesController } from './deliveries.controller.js';
import { DeliveryList } from './delivery-list.js';
import { DuplicateOrders } from './duplicate-orders.js';
import { EnforceRetention } from './enforce-retention.js';
import { ForgetCalls } from './forget-calls.js';
import { ForgetDeliveries } from './forget-deliveries.js';
import { EraseOrder } from './erase-order.js';
import { LateWrites } from './late-writes.js';
import { LegalHold } from './legal-hold.js';
import { AttachReport } from './attach-report.js';
import { LostOrders } from './lost-orders.js';
import { LostOrdersController } from './lost-orders.controller.js';
import { MapOrder } from './map-order.js';
import { MeasureOrders } from './measure-orders.js';
import { MissingTags } from './missing-tags.js';
import { OpportunityTags } from './opportunity-tags.js';
import { OrderBook } from './order-book.js';
import { OrderEventRow, OrderKeyRow, OrderRow, ProgressNoteRow } from './order.entity.js';
import { OrderErasureController } from './order-erasure.controller.js';
import { ActOnOrder } from './act-on-order.js';
import { OrderActsController } from './order-acts.controller.js';
import { OrderStories } from './order-stories.js';
import { OrderTimeline } from './order-timeline.js';
import { PlaceByHand } from './place-by-hand.js';
import { OrderList } from './order-list.js';
import { OrderMapper } from './order-mapper.js';
import { OrderTrouble } from './order-trouble.js';
import { OrderVault } from './order-vault.js';
import { OrdersController } from './orders.controller.js';
import { PlaceOrder } from './place-order.js';
import { PreviewChange } from './preview-change.js';
import { PreviewOrder } from './preview-order.js';
import { PreviewTriggers } from './preview-triggers.js';
import { PreviewController } from './preview.controller.js';
import { ProgressNotes } from './progress-notes.js';
import { ProgressTagsWriter } from './progress-tags-writer.js';
import { ReconcileAccount } from './reconcile-account.js';
import { ReconcileOrders } from './reconcile-orders.js';
import { RefreshOrder } from './refresh-order.js';
import { ReleaseWaiting } from './release-waiting.js';
import { RemoveFromTracking } from './remove-from-tracking.js';
import { ReplayDeliveries } from './replay-deliveries.js';
import { ReportFileRow } from './report-file.entity.js';
import { ReportProgress } from './report-progress.js';
import { ReportTrouble } from './report-trouble.js';
import { SharedClients } from './shared-clients.js';
import { SilentOrders } from './silent-orders.js';
import { SubmitOrder } from './submit-order.js';
import { TakeCallback } from './take-callback.js';
import { TakeTrigger } from './take-trigger.js';
import { TellOfWithdrawal } from './tell-of-withdrawal.js';

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
        TypeOrmModule.forFeature([OrderRow, OrderEventRow, OrderKeyRow, ProgressNoteRow, ReportFileRow]),
      ],
      controllers: [
        OrdersController,
        OrderActsController,
        OrderErasureController,
        DeliveriesController,
        PreviewController,
        LostOrdersController,
      ],
      providers: [
        OrderBook,
        OpportunityTags,
        OrderStories,
        MeasureOrders,
        FirstTag,
        FollowedOrders,
        SharedClients,
        KeptCallbacks,
        OrderList,
        OrderTimeline,
        PlaceByHand,
        ActOnOrder,
        OrderVault,
        OrderTrouble,
        OrderMapper,
        MapOrder,
        PreviewOrder,
        PreviewChange,
        PreviewTriggers,
        FindSubmitted,
        DuplicateOrders,
        SubmitOrder,
        LostOrders,
        ProgressNotes,
        ProgressTagsWriter,
        MissingTags,
        ReportTrouble,
        AttachReport,
        PlaceOrder,
        TakeCallback,
        TakeTrigger,
        TellOfWithdrawal,
        RefreshOrder,
        ReportProgress,
        ReconcileOrders,
        ReconcileAccount,
        SilentOrders,
        ReleaseWaiting,
        EraseOrder,
        LateWrites,
        LegalHold,
        EnforceRetention,
        ForgetCalls,
        ForgetDeliveries,
        RemoveFromTracking,
        DeliveryList,
        ReplayDeliveries,
      ],
    };
  }
}
