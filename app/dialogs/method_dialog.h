// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/document/session.h"

#include "core/quantize/methods/method.h"

#include <QDialog>
#include <QList>

class QDoubleSpinBox;

namespace bitloom {

/// The parameters of the method that some layers have: one edit of the recipe.
class MethodDialog : public QDialog {
    Q_OBJECT

public:
    /// `slotIndices`: slots that all have that method.
    MethodDialog(Session& session, const Method& method, const QList<int>& slotIndices,
                 QWidget* parent);
    /// The method that all of the slots have and that has parameters; null: there is none.
    static const Method* methodOf(const Session& session, const QList<int>& slotIndices);

    void accept() override;

private:
    QDoubleSpinBox* makeBox(const Parameter& parameter, double value);

    Session& m_session;
    const Method& m_method;
    QList<int> m_slots;
    QList<QDoubleSpinBox*> m_boxes; ///< as the method has its parameters
};

} // namespace bitloom
