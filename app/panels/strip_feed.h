// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/document/application_context.h"

namespace bitloom {

class LayerTree;

/// Offers the selection what target and row lengths hold, and turns the tree's keys, strip and
/// locks into edits.
class StripFeed : public QObject {
    Q_OBJECT

public:
    StripFeed(ApplicationContext& context, LayerTree* tree);

private:
    void refresh();

    ApplicationContext& m_context;
    LayerTree* m_tree;
};

/// Gives the selected layers these bits (0: as stored), where the target holds them; else a message
/// says why not.
void giveBits(ApplicationContext& context, int bits);
/// The keys that do it, also in a view that layers are chosen in.
void hearBitKeys(ApplicationContext& context, QWidget* view);

} // namespace bitloom
