// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/document/application_context.h"

#include <QTimer>

namespace bitloom {

class JobBar;
class JobList;
struct JobRow;

/// Shows the jobs: in the job bar what runs, in the list above it all that runs or waits, with what
/// is measured in the background.
class JobView : public QObject {
    Q_OBJECT

public:
    JobView(ApplicationContext& context, JobBar* bar);

    void showList();

private:
    void activityChanged();
    void showActivity();
    void refreshList();
    QList<JobRow> rows() const;
    JobRow rowOf(const Jobs::Entry& entry) const;

    ApplicationContext& m_context;
    Jobs& m_jobs;
    JobBar* m_bar;
    JobList* m_list;
    QTimer m_soon;  ///< jobs shorter than a blink are not shown
    QTimer m_clock; ///< the time left goes on while nothing is reported
};

} // namespace bitloom
