/* intake.h - receives submissions and sends receipts. Belongs to the hub's thread.
 *
 *     carriers ── tcp 5710, ipc intake.sock ──> OUTSIDE ┐
 *     gates, spool ─────── inproc://intake ──> INSIDE  ┴──> backlog ──> frames of the batch */
#ifndef NET_INTAKE_H
#define NET_INTAKE_H

#include "base/backlog.h"
#include "base/batch.h"
#include "net/door.h"

typedef enum lb_side { LB_SIDE_OUTSIDE, LB_SIDE_INSIDE, LB_SIDES } lb_side;

typedef struct lb_intake lb_intake;

/* A Submit over max_request bytes ends its connection. */
lb_err lb_intake_open(lb_intake **intake, const lb_listen *listen, lb_ports ports,
                      int64_t max_request);
void lb_intake_close(lb_intake **intake);

/* For polling: one item per side. */
void lb_intake_wait_for(const lb_intake *intake, zmq_pollitem_t items[LB_SIDES]);
/* Queues waiting requests, until 8 MiB are taken or the backlog is full. Does not block. A request over its sender's
 * share of the backlog is answered at once with BUSY, and counted there. */
void lb_intake_take(lb_intake *intake, lb_backlog *backlog, int64_t now_us);
/* A frame for the submission from its next message on, without items; unpacks the submission if needed. */
lb_frame *lb_intake_frame(lb_batch *batch, lb_submission *one);
/* Turns the frame into a refusal of all that is left of its submission. */
void lb_intake_refuse(lb_batch *batch, lb_frame *frame, lb_err err, lb_span why);

void lb_intake_answer(lb_intake *intake, const lb_frame *frame, lb_span receipts);
/* For a frame with a key that is no longer valid: see lb_door_expel. */
bool lb_intake_expel(lb_intake *intake, const lb_frame *frame);

#endif
