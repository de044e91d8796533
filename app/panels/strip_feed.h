// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/document/desk.h"

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

    Desk& m_desk;
    LayerTree* m_tree;
};

/// Gives the selected layers these bits (0: as stored), where the target holds them; else a message
/// says why not.
void giveBits(Desk& desk, int bits);
/// The keys that do it, also in a view that layers are chosen in.
void hearBitKeys(Desk& desk, QWidget* view);

} // namespace bitloom
