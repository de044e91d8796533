// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/window/window_frame.h"

class QToolBar;

namespace bitloom {

class Actions;

/// The whole window: the frame with its menus and its toolbar.
class MainWindow : public WindowFrame {
    Q_OBJECT

public:
    explicit MainWindow(EngineFactory engines);
    ~MainWindow() override;

    QMenu* createPopupMenu() override;

protected:
    void resizeEvent(QResizeEvent* event) override;

private:
    void buildToolBar();
    /// Leaves words out where they have no room: first those whose icons alone say what they are,
    /// so that the figures are read whole; then all, since a button that is not there cannot be
    /// reached.
    void fitToolBar();
    int toolBarWidth(int budgetWidth);

    QToolBar* m_toolBar = nullptr;
    std::unique_ptr<Actions> m_actions; ///< goes before the frame it looks at
};

} // namespace bitloom
