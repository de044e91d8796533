// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/document/desk.h"

namespace bitloom {

class MeasuredPanel;

/// Shows what the background measured, as it comes; selects what is clicked.
class MeasuredFeed : public QObject {
    Q_OBJECT

public:
    MeasuredFeed(Desk& desk, MeasuredPanel* panel);

private:
    void showState();
    void showPoints();

    Desk& m_desk;
    MeasuredPanel* m_panel;
};

} // namespace bitloom
