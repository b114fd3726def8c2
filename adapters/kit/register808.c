/* register808.c - 0x0100 of JT/T 808: which terminal is in which vehicle. */
#include "register808.h"

#include "pack.h"

enum { LEAST_2013 = 37, LEAST_2019 = 76 };

/* 2011 has 25 bytes before the plate, 2013 has 37, 2019 has 76. Some terminals use the header of
 * 2019 with the fields of 2013: the length decides. */
bool lb_808_register_read(const lb_808_header *header, lb_span body, lb_808_register *reg)
{
    lb_pack pack = lb_pack_open(body);
    bool is_2019 = header->is_2019 && body.len >= LEAST_2019;
    bool is_2011 = !is_2019 && body.len < LEAST_2013;
    reg->version = is_2019 ? "2019" : is_2011 ? "2011" : "2013";
    reg->province = lb_pack_u16(&pack);
    reg->city = lb_pack_u16(&pack);
    reg->maker = lb_pack_bytes(&pack, is_2019 ? 11 : 5);
    reg->model = lb_pack_bytes(&pack, is_2019 ? 30 : is_2011 ? 8 : 20);
    reg->terminal = lb_pack_bytes(&pack, is_2019 ? 30 : 7);
    reg->colour = lb_pack_u8(&pack);
    reg->plate = lb_pack_rest(&pack);
    return !pack.is_short;
}
