// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/document/application_context.h"

#include "core/workbench/lab/lab.h"

namespace bitloom {

class LabPanel;

/// Feeds the metric lab: measures on request, shows the chosen metric, selects what is clicked.
class LabFeed : public QObject {
    Q_OBJECT

public:
    LabFeed(ApplicationContext& context, LabPanel* panel);

private:
    void clear();
    void measure();
    void choose(int index);
    /// What the panel shows.
    const Lab& lab() const;
    void showScores();
    void showDots();
    void showState();

    ApplicationContext& m_context;
    LabPanel* m_panel;
    Lab m_ofSlots;
    Lab m_ofValues;
};

} // namespace bitloom
