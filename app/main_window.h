// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/window_frame.h"

namespace bitloom {

class Actions;

/// The whole window: the frame with its menus and its toolbar.
class MainWindow : public WindowFrame {
    Q_OBJECT

public:
    explicit MainWindow(EngineFactory engines);
    ~MainWindow() override;

private:
    void buildToolBar();

    std::unique_ptr<Actions> m_actions; ///< goes before the frame it looks at
};

} // namespace bitloom
