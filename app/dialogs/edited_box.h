// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QDoubleSpinBox>
#include <QVariant>

namespace bitloom {

/// Boxes that show a number to fewer digits than it has: what nobody touched stays as it was.
inline void setEdited(QDoubleSpinBox* box)
{
    box->setProperty("edited", true);
}
inline bool isEdited(const QDoubleSpinBox* box)
{
    return box->property("edited").toBool();
}
/// From now on every change is somebody's.
inline void watchEdits(QDoubleSpinBox* box)
{
    QObject::connect(box, &QDoubleSpinBox::valueChanged, box, [box] { setEdited(box); });
}

} // namespace bitloom
