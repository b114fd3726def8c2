/* parts.c - opens the hub's parts in order, and closes them in reverse.
 *
 *     folder ─> keepers ─> access ─> net ─> gates ─> query
 *
 * query is last: a client that gets an answer can rely on all other sockets being open. */
#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "parts.h"
#include "keep/journal_sqlite.h"
#include "keys.h"
#include "landbridge/client/version.h"

/* Connections without a key together get the quarantine bytes of so many parties. */
enum { LOCAL_QUARANTINE_PARTS = 4 };

/* -- open ---------------------------------------------------------------------------------------------- */

/* The mark is attached last. Until the next number is chosen it is evidence of what there was before, and must not be
 * written. */
static lb_err open_journal(lb_hub *hub)
{
    lb_err err = lb_journal_open(&hub->journal, &hub->journal_place);
    if (err == LB_OK)
        err = lb_recover_numbers(&hub->recovery, hub->journal);
    if (err == LB_OK)
        lb_journal_mark(hub->journal, hub->mark);
    return err;
}

/* Quarantine and feeds, with the limits of each party's share. */
static lb_err open_shares(lb_hub *hub)
{
    const lb_config *config = &hub->config;
    const lb_feed_limits feeds = {.all = config->feeds,
                                  .party = config->party_feeds,
                                  .local =
                                      lb_config_local_share(config->feeds, config->party_feeds)};
    const lb_quarantine_limits quarantine = {
        .rows = config->quarantine_rows,
        .party = {config->party_quarantine_rows, config->party_quarantine_bytes},
        .local = {lb_config_local_share(config->quarantine_rows, config->party_quarantine_rows),
                  LOCAL_QUARANTINE_PARTS * config->party_quarantine_bytes}};

    lb_err err = lb_quarantine_open(&hub->quarantine, hub->journal, &quarantine);
    return err == LB_OK ? lb_feed_open(&hub->feeds, hub->journal, &feeds) : err;
}

static lb_err open_file(lb_hub *hub)
{
    lb_err err = open_journal(hub);

    return err == LB_OK ? open_shares(hub) : err;
}

/* Detaches the mark first: closing the journal would write it, and it is evidence again. */
static void close_file(lb_hub *hub)
{
    lb_feed_close(&hub->feeds);
    lb_quarantine_close(&hub->quarantine);
    if (hub->journal != NULL)
        lb_journal_mark(hub->journal, NULL);
    lb_journal_close(&hub->journal);
}

/* Call before anything is opened for writing. A new epoch is on disk before the first of its numbers is given out.
 * `known`: damage found earlier, or UNSPECIFIED. */
static lb_err recover(lb_hub *hub, lb_start_finding known)
{
    lb_err err = lb_recover(&hub->recovery, hub->journal_place.engine, &hub->folder,
                            lb_head_mark_reported(hub->mark), known);
    if (err == LB_OK)
        err = lb_epochs_open(&hub->epochs, hub->folder.hub_id);
    if (err == LB_OK && (hub->epochs.is_copy || hub->recovery.may_repeat))
        err = lb_epochs_begin(&hub->epochs, hub->folder.hub_id, hub->recovery.next_seq_at_least);
    return err;
}

/* Recovery checks the rows of turns only. When opening finds other damage the journal is salvaged after all. */
static lb_err open_salvaged(lb_hub *hub)
{
    close_file(hub);
    lb_err err = recover(hub, LB_FINDING_TABLES_UNREADABLE);
    return err == LB_OK ? open_file(hub) : err;
}

lb_err lb_hub_open_keepers(lb_hub *hub)
{
    if (hub->journal_place.engine == NULL)
        hub->journal_place.engine = &lb_journal_sqlite;
    hub->journal_place.path = hub->folder.journal;
    lb_err err = lb_head_mark_open(&hub->mark, hub->folder.mark);
    if (err == LB_OK)
        err = recover(hub, LB_FINDING_UNSPECIFIED);
    if (err == LB_OK)
        err = open_file(hub);
    if (err == LB_ERR_CORRUPT && !hub->recovery.is_damaged)
        err = open_salvaged(hub);
    if (err == LB_OK)
        err = lb_keys_open(&hub->dedup, hub->journal, &hub->journal_place, hub->folder.keys);
    if (err == LB_OK) {
        lb_journal_head head = lb_journal_tell(hub->journal);
        lb_log(LB_LOG_JRN_OPEN, "events=%lld messages=%lld blocks=%lld keys=%lld quarantine=%lld",
               (long long)head.seq, (long long)head.messages, (long long)head.block,
               (long long)lb_dedup_count(hub->dedup),
               (long long)lb_quarantine_waiting(hub->quarantine));
    }
    return err;
}

/* Opened before any other socket: it authenticates all connections. */
static lb_err open_access(lb_hub *hub)
{
    unsigned char random[(LB_USER_NONCE_ROOM - 1) / 2];
    const lb_access_options options = {.party_path = hub->folder.party,
                                       .user_nonce = {hub->user_nonce, LB_USER_NONCE_ROOM - 1}};

    randombytes_buf(random, sizeof random);
    sodium_bin2hex(hub->user_nonce, sizeof hub->user_nonce, random, sizeof random);
    lb_err err = lb_hub_keys_need(&hub->keys, hub->folder.hub_key);
    if (err == LB_OK && hub->config.tcp)
        lb_endpoints_add(&hub->endpoints, "hub-key", hub->keys.open);
    return err == LB_OK ? lb_access_open(&hub->access, hub->zmq, &options) : err;
}

/* The notify channels are bound before the threads that subscribe to them start. */
static lb_err open_net(lb_hub *hub, const lb_listen *listen)
{
    const lb_config *config = &hub->config;
    const lb_ports intake = {config->intake, config->curve_intake},
                   live = {config->live, config->curve_live},
                   replay = {config->replay, config->curve_replay};
    const lb_admit_options admit = {.feeds = hub->feeds,
                                    .message_bytes = config->message_bytes,
                                    .messages_per_s = config->party_messages,
                                    .bytes_per_s = config->party_bytes,
                                    .terminals_are_listed = !config->terminals};
    /* A message over message_bytes is received up to this length, so that its receipt can say TOO_BIG; a longer request
     * ends the connection. */
    const int64_t whole_submit = 4 * config->message_bytes + 2 * 1024 * 1024;

    hub->admin = (lb_admin){.zmq = hub->zmq,
                            .folder = &hub->folder,
                            .journal = hub->journal_place,
                            .epochs = &hub->epochs};
    lb_err err = lb_notify_open(hub->zmq, LB_NOTIFY_HEAD, &hub->head_channel);
    if (err == LB_OK)
        err = lb_view_updater_open(&hub->updater, hub->zmq, &hub->journal_place, hub->folder.view);
    if (err == LB_OK)
        hub->applied_seq = lb_view_updater_began_at(hub->updater);
    if (err == LB_OK)
        err = lb_notify_subscribe(hub->zmq, LB_NOTIFY_APPLIED, &hub->applied);
    if (err == LB_OK)
        err = lb_socket_bind(hub->zmq, ZMQ_ROUTER, LB_HUB_RPC, &hub->hub_rpc);
    if (err == LB_OK)
        err = lb_translate_open(&hub->translate, hub->folder.path, LB_READING_NOTE,
                                LB_READ_BUDGET_US);
    if (err == LB_OK)
        lb_translate_guard(hub->translate);
    if (err == LB_OK)
        err = lb_translate_long_open(&hub->translate_long, hub->folder.path, LB_READ_BUDGET_US);
    if (err == LB_OK)
        err = lb_inquire_open(&hub->inquire, hub->folder.view);
    if (err == LB_OK)
        err = lb_admit_open(&hub->admit, listen, &admit);
    if (err == LB_OK)
        err = lb_backlog_open(&hub->backlog);
    if (err == LB_OK)
        err = lb_beside_open(&hub->keeper, LB_THREAD_KEEPER);
    if (err == LB_OK)
        err = lb_intake_open(&hub->intake, listen, intake, whole_submit);
    if (err == LB_OK)
        err = lb_publish_open(&hub->publish, listen, live, &hub->journal_place, &hub->epochs,
                              hub->recovery.began_us);
    if (err == LB_OK)
        err = lb_replay_open(&hub->replay, listen, replay, config->party_questions,
                             &hub->journal_place, &hub->epochs);
    return err;
}

static void note_gate(void *whose, const char *name, const char *endpoint)
{
    lb_hub *hub = whose;

    lb_endpoints_add(&hub->endpoints, name, endpoint);
}

static lb_err open_gates(lb_hub *hub)
{
    const lb_gate_site site = {.zmq = hub->zmq,
                               .intake = LB_INTAKE_INSIDE,
                               .folder = hub->folder.path,
                               .party_path = hub->folder.party,
                               .config = &hub->config};

    lb_err err = lb_gates_open(&hub->gates, &site);
    if (err == LB_OK)
        lb_gates_each_endpoint(hub->gates, note_gate, hub);
    return err;
}

static bool is_open_to_strangers(const lb_config *config)
{
    bool is_plain = config->tcp && config->local && !lb_config_is_loopback(config->plain_address);

    return is_plain || lb_gates_are_open_to_strangers(config);
}

/* For the log and `admin status`: which machines can connect, in one line. */
static const char *describe_doors(const lb_config *config)
{
    if (!config->tcp)
        return "ipc only";
    if (is_open_to_strangers(config))
        return "OTHER MACHINES CAN CONNECT WITHOUT A KEY: see the addresses in [listen]";
    if (!lb_config_is_loopback(config->curve_address))
        return "other machines need a CURVE key";
    return "loopback and ipc only";
}

static lb_err open_query(lb_hub *hub, const lb_listen *listen)
{
    const lb_config *config = &hub->config;
    const lb_query_options query = {
        .journal = hub->journal_place,
        .view_path = hub->folder.view,
        .epochs = &hub->epochs,
        .workers = config->query_workers,
        .started_us = lb_clock_now_us(),
        .questions_per_s = config->party_questions,
        .open_max = config->party_open,
        .doors = describe_doors(config),
        .found = hub->recovery.found,
        .findings = {hub->recovery.findings, hub->recovery.finding_count, LB_FINDINGS_MAX},
        .endpoints = &hub->endpoints,
        .terminals_are_listed = !config->terminals,
        .admin = lb_admin_answer,
        .whose = &hub->admin};

    const lb_ports ports = {config->query, config->curve_query};

    return lb_query_open(&hub->query, listen, ports, &query);
}

static lb_err write_endpoints(const lb_hub *hub)
{
    char text[LB_ENDPOINTS * (LB_ENDPOINT_ROOM + 1)];
    size_t len = 0;

    for (size_t i = 0; i < hub->endpoints.count; i++)
        len += lb_span_join(text + len, sizeof text - len,
                            (const lb_span[]){lb_span_of(hub->endpoints.at[i]), LB_SPAN("\n")}, 2);
    return lb_folder_write(hub->folder.endpoints, (lb_span){text, len});
}

lb_err lb_hub_open(lb_hub **out, const char *folder, const lb_config *config)
{
    lb_hub *hub = calloc(1, sizeof *hub);
    if (hub == NULL)
        return LB_ERR_NO_MEMORY;
    hub->config = *config;
    if (sodium_init() < 0) { /* selects the implementations for this processor */
        free(hub);
        return LB_ERR_IO;
    }
    lb_log(LB_LOG_HUB_START, "version=%s folder=%s", LB_VERSION, folder);

    lb_err err = lb_folder_open(&hub->folder, folder);
    if (err == LB_OK)
        err = lb_context_open(&hub->zmq);
    if (err == LB_OK)
        err = lb_batch_init(&hub->batch, (size_t)config->turn_messages);
    if (err == LB_OK)
        err = lb_hub_open_keepers(hub);
    if (err == LB_OK)
        err = open_access(hub);
    const lb_listen listen = {.zmq = hub->zmq,
                              .folder = hub->folder.path,
                              .tcp = config->tcp,
                              .plain_address = config->plain_address,
                              .curve_address = config->curve_address,
                              .curve_secret = hub->keys.secret,
                              .endpoints = &hub->endpoints,
                              .book = &hub->doors,
                              .address_connections = config->address_connections,
                              .party_connections = config->party_connections,
                              .party_path = hub->folder.party,
                              .user_nonce = lb_span_of(hub->user_nonce),
                              .local_may = config->local};
    if (err == LB_OK)
        err = open_net(hub, &listen);
    if (err == LB_OK)
        err = open_gates(hub);
    if (err == LB_OK)
        err = open_query(hub, &listen);
    if (err == LB_OK)
        err = write_endpoints(hub);
    if (err != LB_OK) {
        lb_log(LB_LOG_HUB_FAIL, "what=open err=%s", lb_err_name(err));
        lb_hub_close(&hub);
        return err;
    }
    lb_log(is_open_to_strangers(config) ? LB_LOG_HUB_OPEN : LB_LOG_HUB_DOORS,
           "doors=\"%s\" without_key=%s terminals=%s", describe_doors(config),
           config->local ? "everything" : "nothing", config->terminals ? "any" : "listed");
    *out = hub;
    return LB_OK;
}

void lb_hub_close(lb_hub **out)
{
    lb_hub *hub = *out;

    if (hub == NULL)
        return;
    lb_gates_close(&hub->gates);
    lb_context_shut_down(hub->zmq); /* the other threads leave their loops */
    lb_replay_close(&hub->replay);
    lb_publish_close(&hub->publish);
    lb_query_close(&hub->query);
    lb_intake_close(&hub->intake);
    lb_backlog_close(&hub->backlog);
    lb_admit_close(&hub->admit);
    lb_inquire_close(&hub->inquire);
    lb_translate_long_close(&hub->translate_long);
    lb_translate_close(&hub->translate);
    lb_view_updater_close(&hub->updater);
    lb_access_close(&hub->access); /* after all threads that write audit records */
    lb_beside_close(&hub->keeper);
    lb_socket_close(&hub->hub_rpc);
    lb_socket_close(&hub->applied);
    lb_socket_close(&hub->head_channel);
    if (hub->feeds != NULL) {
        hub->feeds_saved_us = INT64_MIN / 2; /* save now, however recent the last time */
        lb_hub_save_feeds(hub, lb_clock_monotonic_us());
    }
    lb_dedup_close(&hub->dedup);
    lb_feed_close(&hub->feeds);
    lb_quarantine_close(&hub->quarantine);
    lb_journal_close(&hub->journal);
    lb_head_mark_close(&hub->mark);
    lb_batch_fini(&hub->batch);
    lb_context_close(&hub->zmq);
    lb_folder_close(&hub->folder);
    free(hub);
    *out = NULL;
}
