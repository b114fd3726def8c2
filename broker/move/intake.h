/* intake.h - where messages come in and receipts go out. Belongs to the hub's thread.
 *
 *     carriers ── tcp 5710, ipc intake.sock ──> OUTSIDE ┐
 *     gates, spool ─────── inproc://intake ──> INSIDE  ┴──> frames of the batch */
#ifndef MOVE_INTAKE_H
#define MOVE_INTAKE_H

#include "base/batch.h"
#include "move/door.h"

typedef enum lb_side { LB_SIDE_OUTSIDE, LB_SIDE_INSIDE, LB_SIDES } lb_side;

typedef struct lb_intake lb_intake;

/* A Submit over max_letter bytes ends its connection. */
lb_err lb_intake_open(lb_intake **intake, const lb_listen *listen, lb_ports ports,
                      int64_t max_letter);
void lb_intake_close(lb_intake **intake);

/* For waiting: one item for each side. */
void lb_intake_wait_for(const lb_intake *intake, zmq_pollitem_t items[LB_SIDES]);
/* Takes what is there until the batch is full. Does not wait. */
void lb_intake_take(lb_intake *intake, lb_batch *batch, int64_t now_us);
void lb_intake_answer(lb_intake *intake, const lb_frame *frame, lb_span receipts);

#endif
