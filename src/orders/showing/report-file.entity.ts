import { Column, Entity, PrimaryColumn } from 'typeorm';

/** The PDF of a report that was uploaded, or is being uploaded, to the opportunity's files (R5). */
@Entity('report_files')
export class ReportFileRow {
  @PrimaryColumn('uuid', { name: 'installation_id' })
  installationId: string;

  @PrimaryColumn('uuid', { name: 'order_id' })
  orderId: string;

  @PrimaryColumn('text')
  reference: string;

  /** When the last upload began whose outcome may be unknown. */
  @Column('timestamptz', { name: 'upload_started_at', nullable: true })
  uploadStartedAt: Date | null;

  @Column('text', { name: 'file_id', nullable: true })
  fileId: string | null;

  @Column('timestamptz', { name: 'attached_at', nullable: true })
  attachedAt: Date | null;
}

/** The file's name, which says of which order it is and nothing of whom: people see it, and logs may. */
export const fileNameOf = (reference: string): string => `background-check-${reference}.pdf`;

/** Null: it is no file of ours. */
export const referenceInFileName = (name: string): string | null =>
  /^background-check-(.+)\.pdf$/.exec(name)?.[1] ?? null;
