import { Module, type DynamicModule, type ModuleMetadata } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AuditModule } from '../audit/audit.module.js';
import { InstallationsModule } from '../installations/installations.module.js';
import { EarlierSubmissions } from './placing/earlier-submissions.js';
import { FindSubmitted } from './placing/find-submitted.js';
import { FirstTag } from './showing/first-tag.js';
import { FollowedOrders } from './following/followed-orders.js';
import { KeptCallbacks } from './placing/kept-callbacks.js';
import { DeliveriesController } from './admin/deliveries.controller.js';
import { DeliveryList } from './admin/delivery-list.js';
import { DuplicateOrders } from './placing/duplicate-orders.js';
import { EnforceRetention } from './forgetting/enforce-retention.js';
import { ForgetCalls } from './forgetting/forget-calls.js';
import { ForgetDeliveries } from './forgetting/forget-deliveries.js';
import { ToldOutcome } from './forgetting/told-outcome.js';
import { EraseOrder } from './forgetting/erase-order.js';
import { ForgottenTraces } from './showing/forgotten-traces.js';
import { LateWrites } from './showing/late-writes.js';
import { LegalHold } from './forgetting/legal-hold.js';
import { AttachReport } from './showing/attach-report.js';
import { LostOrders } from './placing/lost-orders.js';
import { LostOrdersController } from './placing/lost-orders.controller.js';
import { MapOrder } from './placing/map-order.js';
import { MeasureLateOrders } from './measure-late-orders.js';
import { MeasureOrders } from './measure-orders.js';
import { LostTags } from './showing/lost-tags.js';
import { RefusedTags } from './showing/refused-tags.js';
import { TagNames } from './showing/tag-names.js';
import { OpportunityTags } from './opportunity-tags.js';
import { OrderBook } from './order-book.js';
import { OrderEventRow, OrderKeyRow, OrderRow, ProgressNoteRow } from './order.entity.js';
import { OrderErasureController } from './forgetting/order-erasure.controller.js';
import { ActOnOrder } from './admin/act-on-order.js';
import { OrderActsController } from './admin/order-acts.controller.js';
import { OrderStories } from './order-stories.js';
import { OrderView } from './admin/order-view.js';
import { OrderTimeline } from './admin/order-timeline.js';
import { PlaceByHand } from './admin/place-by-hand.js';
import { OrderList } from './admin/order-list.js';
import { OrderMapper } from './placing/order-mapper.js';
import { OrderTrouble } from './order-trouble.js';
import { OrderVault } from './order-vault.js';
import { OrdersController } from './admin/orders.controller.js';
import { PlaceOrder } from './placing/place-order.js';
import { PreviewChange } from './previewing/preview-change.js';
import { PreviewOrder } from './previewing/preview-order.js';
import { PreviewTriggers } from './previewing/preview-triggers.js';
import { PreviewController } from './previewing/preview.controller.js';
import { ProgressNotes } from './showing/progress-notes.js';
import { ProgressTagsWriter } from './showing/progress-tags-writer.js';
import { ReconcileAccount } from './following/reconcile-account.js';
import { ReconcileOrders } from './following/reconcile-orders.js';
import { RefreshOrder } from './following/refresh-order.js';
import { ReleaseWaiting } from './placing/release-waiting.js';
import { RemoveFromTracking } from './showing/remove-from-tracking.js';
import { ReplayDeliveries } from './admin/replay-deliveries.js';
import { ReportFileRow } from './showing/report-file.entity.js';
import { ReportProgress } from './showing/report-progress.js';
import { ReportTrouble } from './showing/report-trouble.js';
import { SharedClients } from './placing/shared-clients.js';
import { ShowError } from './showing/show-error.js';
import { SilentOrders } from './following/silent-orders.js';
import { SubmitOrder } from './placing/submit-order.js';
import { TakeCallback } from './following/take-callback.js';
import { TakeTrigger } from './placing/take-trigger.js';
import { TellOfWithdrawal } from './placing/tell-of-withdrawal.js';

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
        MeasureLateOrders,
        FirstTag,
        FollowedOrders,
        SharedClients,
        KeptCallbacks,
        OrderList,
        OrderView,
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
        EarlierSubmissions,
        FindSubmitted,
        DuplicateOrders,
        SubmitOrder,
        LostOrders,
        ProgressNotes,
        ProgressTagsWriter,
        LostTags,
        RefusedTags,
        TagNames,
        ReportTrouble,
        AttachReport,
        PlaceOrder,
        TakeCallback,
        TakeTrigger,
        TellOfWithdrawal,
        RefreshOrder,
        ReportProgress,
        ShowError,
        ReconcileOrders,
        ReconcileAccount,
        SilentOrders,
        ReleaseWaiting,
        EraseOrder,
        ToldOutcome,
        LateWrites,
        LegalHold,
        EnforceRetention,
        ForgetCalls,
        ForgetDeliveries,
        ForgottenTraces,
        RemoveFromTracking,
        DeliveryList,
        ReplayDeliveries,
      ],
    };
  }
}
