/* submit_draft.c - messages that are gathered until they leave together as one Submit. */
#include "submit_draft.h"

#include "landbridge/client/version.h"
#include "record.h"

void lb_submit_draft_init(lb_submit_draft *draft, size_t max_bytes)
{
    *draft = (lb_submit_draft){.bytes = 0};
    lb_arena_init(&draft->memory, max_bytes);
    lb_arena_init(&draft->packed, max_bytes);
}

void lb_submit_draft_fini(lb_submit_draft *draft)
{
    lb_arena_fini(&draft->memory);
    lb_arena_fini(&draft->packed);
}

void lb_submit_draft_reset(lb_submit_draft *draft)
{
    draft->messages = (lb_message_list){0};
    draft->bytes = 0;
    lb_arena_reset(&draft->memory);
    lb_arena_reset(&draft->packed);
}

bool lb_submit_draft_is_full(const lb_submit_draft *draft)
{
    return draft->messages.count >= LB_DRAFT_MESSAGES || draft->bytes >= LB_DRAFT_BYTES;
}

static bool copy(lb_arena *memory, lb_span from, lb_span *to)
{
    *to = lb_arena_copy(memory, from);
    return to->len == from.len;
}

lb_err lb_submit_draft_add(lb_submit_draft *draft, const lb_message *message)
{
    lb_message_list *list = &draft->messages;

    if (!lb_arena_grow(&draft->memory, list, sizeof *list->at))
        return LB_ERR_NO_MEMORY;
    lb_message *added = &list->at[list->count];
    if (!copy(&draft->memory, message->message_id, &added->message_id) ||
        !copy(&draft->memory, message->format, &added->format) ||
        !copy(&draft->memory, message->body, &added->body))
        return LB_ERR_NO_MEMORY;
    list->count++;
    draft->bytes += message->body.len;
    return LB_OK;
}

lb_err lb_submit_draft_pack(lb_submit_draft *draft, const lb_submit_head *head, int64_t correlation,
                            lb_span *bytes)
{
    lb_submit submit;

    lb_arena_reset(&draft->packed);
    lb_record_init(&lb_record_submit, &submit);
    submit.schema_rev = LB_SCHEMA_REV;
    submit.source = head->source;
    submit.on_behalf_of = head->on_behalf_of;
    submit.client_address = head->client_address;
    submit.correlation = correlation;
    submit.messages = draft->messages;
    return lb_record_pack(&lb_record_submit, &submit, &draft->packed, bytes);
}
