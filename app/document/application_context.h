// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/document/background_measuring.h"
#include "app/document/layer_model.h"
#include "app/document/model_texts.h"
#include "app/document/visited_states.h"

#include <QItemSelectionModel>

namespace bitloom {

/// The application context: all that belongs to the open model, which panels are views on.
struct ApplicationContext {
    explicit ApplicationContext(EngineFactory engines);

    Session session;
    Measurements measurements;
    Analysis analysis;
    ModelTexts texts;
    VisitedStates visited;
    BackgroundMeasuring background;
    LayerModel layers;
    QItemSelectionModel selection; ///< shared by all panels

    /// Slot indices of the selected rows, in the model's order.
    QList<int> selectedSlots() const;
    /// Those of them that can be quantized.
    QList<int> selectedQuantizable() const;
    /// What of the selection can be compared with each other: its matrices, without the norms and
    /// biases beside them; these where there is nothing else.
    QList<int> selectedAlike() const;
    void select(const QList<int>& slotIndices);
};

} // namespace bitloom
