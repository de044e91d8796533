// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/document/application_context.h"

#include <QObject>

namespace bitloom {

class ComparePane;

/// Gives original and quantized network the same prompt at the same time and shows in the compare
/// pane what both make of it.
class CompareRunner : public QObject {
    Q_OBJECT

public:
    CompareRunner(ApplicationContext& context, ComparePane* pane);

private:
    OutputKind output() const;
    void modelOpened();
    void showKind();
    void run();
    void stop();
    void showEngine(const EngineUse& used);
    void showState();
    void showNumbers();

    ApplicationContext& m_context;
    ComparePane* m_pane;
    QString m_offeredPrompt;     ///< by us, not the user
    std::optional<Recipe> m_ran; ///< what the quantized side shows
};

} // namespace bitloom
