/* answer808.c - the platform's answers to a terminal; see answer808.h. */
#include "answer808.h"

#include "landbridge/client/time.h"
#include "pack.h"

enum { CODE_MAX = 64, BODY_MAX = 4 + 2 * LB_808_MISSING_MAX };

bool lb_808_is_answered(uint16_t id)
{
    static const uint16_t unanswered[] = {0x0001, 0x0104, 0x0107, 0x0201,
                                          0x0500, 0x0608, 0x0802, 0x0805};
    for (size_t i = 0; i < sizeof unanswered / sizeof unanswered[0]; i++)
        if (unanswered[i] == id)
            return false;
    return true;
}

/* The answer has the header of the request, with another id and the platform's serial. */
static size_t write_answer(const lb_808_header *asked, uint16_t id, uint16_t serial,
                           const lb_packer *body, char *out)
{
    lb_808_header header = *asked;
    header.id = id;
    header.serial = serial;
    header.encryption = 0;
    header.packages = 0;
    return lb_808_write(&header, lb_packer_span(body), out, LB_808_ANSWER_ROOM);
}

size_t lb_808_answer(const lb_808_header *asked, lb_808_result result, uint16_t serial, char *out)
{
    uint8_t bytes[5];
    lb_packer body;
    lb_packer_init(&body, bytes, sizeof bytes);
    lb_put_u16(&body, asked->serial);
    lb_put_u16(&body, asked->id);
    lb_put_u8(&body, result);
    return write_answer(asked, 0x8001, serial, &body, out);
}

size_t lb_808_answer_register(const lb_808_header *asked, lb_808_result result, lb_span code,
                              uint16_t serial, char *out)
{
    uint8_t bytes[3 + CODE_MAX];
    lb_packer body;
    lb_packer_init(&body, bytes, sizeof bytes);
    lb_put_u16(&body, asked->serial);
    lb_put_u8(&body, result);
    if (result == LB_808_DONE)
        lb_put_bytes(&body, lb_span_first(code, CODE_MAX));
    return write_answer(asked, 0x8100, serial, &body, out);
}

size_t lb_808_answer_time(const lb_808_header *asked, int64_t now_us, uint16_t serial, char *out)
{
    uint8_t bytes[6];
    lb_packer body;
    lb_civil now;
    lb_utc_to_civil(now_us, 0, &now);
    const int fields[] = {now.year % 100, now.month, now.day, now.hour, now.minute, now.second};
    lb_packer_init(&body, bytes, sizeof bytes);
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++)
        lb_put_bcd(&body, (unsigned)fields[i]);
    return write_answer(asked, 0x8004, serial, &body, out);
}

size_t lb_808_ask_missing(const lb_808_header *first, const uint16_t *missing, size_t count,
                          uint16_t serial, char *out)
{
    uint8_t bytes[BODY_MAX];
    lb_packer body;
    lb_packer_init(&body, bytes, sizeof bytes);
    if (count > LB_808_MISSING_MAX)
        count = LB_808_MISSING_MAX;
    lb_put_u16(&body, first->serial);
    if (first->is_2019) /* 2019 widened the count to a WORD */
        lb_put_u16(&body, (unsigned)count);
    else
        lb_put_u8(&body, (unsigned)count);
    for (size_t i = 0; i < count; i++)
        lb_put_u16(&body, missing[i]);
    return write_answer(first, 0x8003, serial, &body, out);
}
