// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/desk.h"

#include <QObject>

namespace bitloom {

class ComparePane;

/// Lets original and quantized network continue the same prompt at the same time and streams both
/// into the compare pane.
class CompareRunner : public QObject {
    Q_OBJECT

public:
    CompareRunner(Desk& desk, ComparePane* pane);

private:
    void run();
    void stop();
    void startOne(bool quantized, const GenerateSettings& settings);
    void showState();
    void showNumbers();

    Desk& m_desk;
    ComparePane* m_pane;
};

} // namespace bitloom
