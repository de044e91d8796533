// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/document/session.h"

#include "core/quantize/transforms/transform.h"

#include <QDialog>
#include <QList>

class QBoxLayout;
class QCheckBox;
class QDoubleSpinBox;

namespace bitloom {

/// The transforms of the whole model: one edit of the recipe, so that it is saved and undone with
/// it.
class TransformsDialog : public QDialog {
    Q_OBJECT

public:
    TransformsDialog(Session& session, QWidget* parent);

    void accept() override;

private:
    struct Row {
        const Transform* transform = nullptr;
        QCheckBox* chosen = nullptr;
        QList<QDoubleSpinBox*> parameters; ///< as the transform has them
    };
    void addRow(QBoxLayout* into, const Transform& transform);
    QDoubleSpinBox* makeBox(const Transform& transform, const Parameter& parameter);
    /// Null: the recipe does not have it.
    const TransformStep* present(const Transform& transform) const;
    TransformStep stepOf(const Row& row) const;

    Session& m_session;
    QList<Row> m_rows;
};

} // namespace bitloom
