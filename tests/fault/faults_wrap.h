/* faults_wrap.h - memory, files and sends that can fail. Before the first database is opened. */
#ifndef TESTS_FAULT_FAULTS_WRAP_H
#define TESTS_FAULT_FAULTS_WRAP_H

void faults_wrap_sqlite(
    void); /* without its reserve of small pieces, so that every piece can fail */

#endif
