// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/document/application_context.h"
#include "core/analyze/statistics/recurrence.h"

namespace bitloom {

class LazyRefresh;
class RecurrencePanel;

/// Feeds the recurrence panel: norms follow every edit, the drift is measured on request.
class RecurrenceFeed : public QObject {
    Q_OBJECT

public:
    RecurrenceFeed(ApplicationContext& context, RecurrencePanel* panel);

private:
    void refreshNorms();
    void measureDrift();
    void showNorms(const Recurrence& recurrence);
    void showState();

    ApplicationContext& m_context;
    RecurrencePanel* m_panel;
    std::optional<Recipe> m_measured; ///< what the shown drift belongs to
};

} // namespace bitloom
