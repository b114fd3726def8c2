/* faults_wrap.h - memory, files and sends that can fail. Before the first database is opened. */
#ifndef TESTS_FAULT_FAULTS_WRAP_H
#define TESTS_FAULT_FAULTS_WRAP_H

/* Without SQLite's reserve of small pieces (lookaside), so that every allocation can fail. */
void faults_wrap_sqlite(void);

#endif
