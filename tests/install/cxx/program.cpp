// program.cpp - the same as ../program.c in C++, with the question filled in by hand.
// usage: program HUB_DATA_FOLDER CONTAINER
#include <landbridge/client/client.h>

#include <cstdio>
#include <string>

namespace {

constexpr int wait_ms = 20000, tries = 200, pause_ms = 50;

lb_span span_of(const std::string &text)
{
    return {text.data(), text.size()};
}

std::string text_of(lb_span span)
{
    return span.len == 0 ? std::string() : std::string(span.at, span.len);
}

void keep_result(void *whose, uint64_t, const lb_receipt *receipt)
{
    *static_cast<lb_result *>(whose) = receipt->result;
}

lb_err push(lb_client *client, const std::string &container)
{
    const std::string body = "{\"magic\":\"landbridge.report\",\"events\":[{\"type\":\"GTIN\","
                             "\"classifier\":\"ACTUAL\",\"mode\":\"ROAD\","
                             "\"occurred\":{\"utc_us\":\"2026-03-12T10:05:00+08:00\"},"
                             "\"place\":{\"locode\":\"CNULZ\"},\"objects\":[{\"id\":\"" +
                             container + "\"}]}]}";
    uint64_t ticket = 0;

    lb_err err = lb_client_push(client, LB_EMPTY, LB_SPAN("hub.report"), span_of(body), wait_ms, &ticket);
    return err == LB_OK ? lb_client_flush(client, wait_ms) : err;
}

const lb_track *ask(lb_client *client, const std::string &container)
{
    lb_query query;
    const lb_answer *answer = nullptr;

    lb_query_init(&query, LB_ASK_TRACK);
    query.track.reference = span_of(container);
    for (int i = 0; i < tries; i++) {
        if (lb_client_ask(client, &query, wait_ms, &answer) != LB_OK)
            return nullptr;
        if (answer->error.len == 0 && answer->track.tracks.count == 1)
            return &answer->track.tracks.at[0];
        lb_client_poll(client, pause_ms);
    }
    return nullptr;
}

} // namespace

int main(int argc, char **argv)
{
    lb_client *client = nullptr;
    lb_result result = LB_RESULT_UNSPECIFIED;

    if (argc != 3 || lb_client_open(&client, argv[1]) != LB_OK)
        return 2;
    lb_client_on_receipt(client, keep_result, &result);
    const lb_track *track = push(client, argv[2]) == LB_OK ? ask(client, argv[2]) : nullptr;
    if (track != nullptr)
        std::printf("%s %s %s %s\n", lb_result_name(result), text_of(track->object).c_str(),
                    text_of(track->last_place).c_str(), lb_event_type_code(track->last_type));
    lb_client_close(&client);
    return track != nullptr ? 0 : 1;
}
