// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/document/application_context.h"

namespace bitloom {

class MeasuredPanel;

/// Shows what the background measured, as it comes; selects what is clicked.
class MeasuredFeed : public QObject {
    Q_OBJECT

public:
    MeasuredFeed(ApplicationContext& context, MeasuredPanel* panel);

private:
    void showState();
    void showPoints();

    ApplicationContext& m_context;
    MeasuredPanel* m_panel;
};

} // namespace bitloom
