// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/desk.h"

namespace bitloom {

class LayerTree;

/// Offers the selection what target and row lengths hold, and turns the tree's keys, strip and
/// locks into edits.
class StripFeed : public QObject {
    Q_OBJECT

public:
    StripFeed(Desk& desk, LayerTree* tree);

private:
    void refresh();
    void keyPressed(int bits);

    Desk& m_desk;
    LayerTree* m_tree;
};

} // namespace bitloom
